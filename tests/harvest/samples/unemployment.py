"""Lines of the Bureau of Labor Statistics: cities, a county seat's larger area, states."""

CITIES = """\
series_id\tyear\tperiod\tvalue\tfootnote_codes
LAUCT371900000000003          \t2022\tM01\t         3.4\t
LAUCT371900000000003          \t2022\tM02\t         3.3\tP
LAUCT371900000000003          \t2021\tM13\t         4.3\tT
LAUCT371900000000003          \t2025\tM10\t-\t
LAUCT371900000000006          \t2022\tM01\t    157000\t
LAUCT371900000000003          \t1989\tM12\t         2.0\t
LAUMT372050000000003          \t2022\tM01\t         3.6\t
LAUCT370175000000003          \t2022\tM01\t         3.6\t
LASCS330171970000003          \t2022\tM01\t         1.9\t
"""

STATES = """\
GeoID,Series ID,Place,Year,Month,Unemployment Rate
37,LASST370000000000003,North Carolina (S),2026,June,3.6
37,LASST370000000000003,North Carolina (S),2025,October,-
37,LASST370000000000003,North Carolina (S),2025,September,3.8
1,LASST010000000000003,Alabama (S),2026,June,3.2
"""

FILES = {
    "jobs/bls_la_data_example.tsv": CITIES.encode(),
    "jobs/bls_laus_state_unemployment_2025_2026.csv": STATES.encode(),
}
