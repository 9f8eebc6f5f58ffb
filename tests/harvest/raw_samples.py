"""A handful of places as the publishers' files have them, every known trap among them.

Restated from the files that the bundle is made from; ``write_raw`` lays them out as those lie.
"""

# ruff: noqa: E501 - lines are those of the publishers' files

import gzip
from pathlib import Path

from tests.harvest.samples import (
    agencies,
    ages,
    boundaries,
    commuting,
    crashes,
    finances,
    home_prices,
    incomes,
    schools,
    transit,
    transit_feeds,
    unemployment,
)
from tests.harvest.workbook import Sheet, workbook

GEOCORR = """\
countyfip,state,place,stab,CountyName,PlaceName,population,afact2,afact,population_vintage,crosswalk_period
01067,01,00124,AL,Henry AL,"Abbeville city, AL",2358,1,0.1375,2020,2022-2029
05007,05,05740,AR,Benton AR,505740,3015,1,0.0106,2020,2022-2029
08043,08,11810,CO,Fremont CO,"Cañon City city, CO",17141,1,0.3503,2020,2022-2029
09110,09,37000,CT,Capitol Planning Region,"Hartford city, CT",121054,1,0.124,2020,2022-2029
09140,09,52910,CT,Naugatuck Valley Planning Region,"Newtown borough, CT",1987,1,0.02,2020,2022-2029
10003,10,77580,DE,New Castle DE,"Wilmington city, DE",70898,1,0.1242,2020,2022-2029
12099,12,39081,FL,Palm Beach FL,"Lake Worth Beach city, FL",42219,1,0.0283,2020,2022-2029
16001,16,08830,ID,Ada ID,"Boise City city, ID",235684,1,0.4762,2020,2022-2029
21111,21,48000,KY,Jefferson KY,"Louisville city, KY",246161,1,0.3144,2020,2022-2029
21111,21,48006,KY,Jefferson KY,"Louisville/Jefferson County metro government (balance), KY",386884,1,0.4942,2020,2022-2029
24005,24,78425,MD,Baltimore MD,"Towson CDP, MD",59553,1,0.0697,2020,2022-2029
24510,24,04000,MD,Baltimore city MD,"Baltimore city, MD",585708,1,1,2020,2022-2029
25015,25,01370,MA,Hampshire MA,"Amherst Town city, MA",39263,1,0.2419,2020,2022-2029
33017,33,19620,NH,Strafford NH,"Durham CDP, NH",11147,1,0.0852,2020,2022-2029
34021,34,60900,NJ,Mercer NJ,"Princeton, NJ",30681,1,0.0792,2020,2022-2029
37063,37,19000,NC,Durham NC,"Durham city, NC",283093,0.9985,0.8715,2020,2022-2029
37135,37,19000,NC,Orange NC,"Durham city, NC",144,5e-4,0.001,2020,2022-2029
37183,37,19000,NC,Wake NC,"Durham city, NC",269,9e-4,2e-4,2020,2022-2029
36039,36,99999,NY,Greene NY,[not in a place],30000,0.1,0.7,2020,2022-2029
42045,42,99999,PA,Delaware PA,[not in a place],30000,0.1,0.7,2020,2022-2029
42091,42,99999,PA,Montgomery PA,[not in a place],30000,0.1,0.7,2020,2022-2029
42003,42,99999,PA,Allegheny PA,[not in a place],30000,0.1,0.7,2020,2022-2029
19049,19,99999,IA,Dallas IA,[not in a place],30000,0.1,0.7,2020,2022-2029
42007,42,99999,PA,Beaver PA,[not in a place],30000,0.1,0.7,2020,2022-2029
55031,55,78650,WI,Douglas WI,"Superior city, WI",26751,1,0.6039,2020,2022-2029
55031,55,78660,WI,Douglas WI,"Superior village, WI",677,1,0.0153,2020,2022-2029
72003,72,47873,PR,Aguada Municipio PR,"Luyando comunidad, PR",2458,1,0.0645,2020,2022-2029
"""

_ESTIMATE_YEARS = ",".join(f"POPESTIMATE{year}" for year in range(2010, 2020))
ESTIMATES_2019 = f"""\
SUMLEV,STATE,COUNTY,PLACE,COUSUB,CONCIT,PRIMGEO_FLAG,FUNCSTAT,NAME,STNAME,CENSUS2010POP,ESTIMATESBASE2010,{_ESTIMATE_YEARS}
040,37,0,0,0,0,0,A,North Carolina,North Carolina,9535483,9535751,9574323,9657592,9749476,9843336,9932887,10031646,10154788,10268233,10381615,10488084
162,1,0,124,0,0,0,A,Abbeville,Alabama,2688,2705,2699,2694,2643,2628,2608,2600,2584,2575,2571,2560
162,2,0,20970,0,0,0,A,Edna Bay,Alaska,A,42,42,43,43,43,43,43,43,43,42,41
162,9,0,37000,0,0,0,A,Hartford,Connecticut,124775,124765,125354,125434,125266,125128,124665,124311,123654,122888,122556,122105
162,9,0,52910,0,0,0,A,Newtown,Connecticut,1941,1941,1946,1953,1955,1957,1962,1957,1954,1949,1953,1960
162,10,0,77580,0,0,0,A,Wilmington,Delaware,70851,70875,70764,70868,71045,71201,71201,71131,70919,70658,70457,70166
162,12,0,39075,0,0,0,A,Lake Worth,Florida,34910,34894,34958,35231,35691,36048,37002,37389,37817,38070,38193,38526
162,16,0,8830,0,0,0,A,Boise City,Idaho,205671,209384,209576,212635,215627,217330,219440,220850,224604,227648,228442,228959
162,34,0,60900,0,0,0,A,Princeton,New Jersey,12307,28584,28592,28702,29000,29200,29400,29700,30100,30400,30900,31187
162,37,0,19000,0,0,0,A,Durham,North Carolina,228330,229892,230727,235341,241117,246992,253290,258647,265499,269844,274557,278993
162,55,0,78650,0,0,0,A,Superior,Wisconsin,27244,27244,27226,27080,27036,26974,26771,26655,26475,26217,26042,25977
162,55,0,78660,0,0,0,A,Superior,Wisconsin,664,664,664,663,662,660,657,657,655,654,654,655
"""

GAZETTEER = """\
STUSPS\tGEOID\tANSICODE\tNAME\tALAND\tAWATER\tALAND_SQMI\tAWATER_SQMI\tINTPTLAT\tINTPTLONG
AL\t0100124\t02403054\tAbbeville city\t40255352\t107642\t15.543\t0.042\t31.564216\t-85.259634
CO\t0811810\t02409976\tCañon City city\t32371547\t31525\t12.499\t0.012\t38.441873\t-105.220894
FL\t1239075\t02404870\tLake Worth city\t15208219\t2046896\t5.872\t0.790\t26.619720\t-80.058718
NJ\t3460900\t00885361\tPrinceton borough\t4772285\t1249\t1.843\t0.000\t40.350461\t-74.659371
NC\t3719000\t02403521\tDurham city\t278087581\t2357401\t107.370\t0.910\t35.980964\t-78.905647
"""

LARGE_PLACES = """\
year,state,place,state_name,place_name,population
2018,37,19000,North Carolina,Durham city,274291
2019,37,19000,North Carolina,Durham city,278993
2019,21,48006,Kentucky,Louisville/Jefferson County metro government (balance),617638
2020,37,19000,North Carolina,Durham city,283506
2021,37,19000,North Carolina,Durham city,289378
2022,37,19000,North Carolina,Durham city,292587
2023,37,19000,North Carolina,Durham city,296186
"""

TOP_1000 = """[
{"fips": "2148006", "name": "Louisville/Jefferson", "state": "KY", "population": 622981, "rank": 1},
{"fips": "3719000", "name": "Durham", "state": "NC", "population": 296186, "rank": 2}
]"""

FBI_NAMES = """\
abbeville al,0100124
adel township ia,1904990018
amherst ma,2501501325
durham nc,3719000
durham nh,3301719700
durham ny,3603921204
durham town ny,3603921204
newtown ct,0900152980
o'hara township pa,4200356384
harmony township pa,4200732832
harmony township wi,4200732832
"potter township, adams county pa",4200762160
princeton township ny,3402160915
quarryville pa,42674104
springfield township pa,4209172944
"springfield township, delaware county pa",4204573032
superior village wi,5578660
"""

AGENCIES = """\
ori,ori9,fips_state_code,fips_county_code,fips_place_code,agency_type,crosswalk_agency_name,census_name,longitude,latitude
CT00064,CT0006400,09,003,37000,local police department,hartford police department,hartford city,-72.7,41.8
CT00097,CT0009700,09,001,52980,local police department,newtown police department,newtown town,-73.4,41.2
NH00906,NH0090600,33,017,19700,local police department,durham police department,durham town,-71.0,43.3
NY01951,NY0195100,36,039,21204,local police department,durham town police dept,durham town,-74.1,42.3
PA02300,PA0230000,42,045,73032,local police department,springfield township police,springfield township,-75.4,39.9
PA04600,PA0460000,42,091,72944,local police department,springfield township police,springfield township,-75.4,40.2
NY01900,NY0190000,36,039,99039,sheriffs office,greene county sheriff,greene county,-74.1,42.3
"""

_ACS_HEADER = (
    "GEOID,city,state,population_B01003,median_age_B06002,median_household_income_B19013,"
    "pct_bachelors_or_higher,median_gross_rent_B25064,pct_poverty_B17020,pct_unemployed_B23025,"
    "pct_labor_force_B23025,pct_not_married_B12001,pct_asian_B02001,pct_black_B02001,"
    "pct_nonhispanic_white_B03002,pct_hispanic_B03001,pct_foreign_born_B05006,land_sqmi,lat,lon\n"
)

ACS_2020 = (
    _ACS_HEADER
    + """\
3719000,Durham,North Carolina,276341,34,61962,50.76,1098,14.18,4.9,69.79,58.9,5.43,36.97,40.71,13.46,14.3,112.4,35.9,-78.9
"""
)

ACS_2023 = (
    _ACS_HEADER
    + """\
1077580,Wilmington,Delaware,71124,37,55269,33.07,1187,23.21,7.64,64.86,70.65,1.61,52.29,29.63,11.85,8.32,10.9,39.7,-75.5
1608830,Boise,Idaho,235701,38,81308,46.5,1446,10.1,3.7,69.0,50.0,3.1,1.8,81.2,9.3,6.5,84.0,43.6,-116.2
2478425,Towson,Maryland,58722,30,250001,66.0,3501,11.0,4.0,66.0,60.0,7.0,17.0,65.0,6.0,11.0,14.0,39.4,-76.6
3460900,Kingston,New Jersey,30451,28,184113,80.0,2448,6.84,4.0,55.0,60.0,20.0,6.0,57.0,9.0,27.0,18.0,40.3,-74.6
3719000,Durham,North Carolina,288465,35,79234,55.1,1412,12.2,4.35,70.4,58.7,5.76,34.71,41.2,13.9,14.9,112.4,35.9,-78.9
5531525,Greenville,Wisconsin,12911,40,110000,40.0,,3.0,2.0,70.0,40.0,2.0,1.0,90.0,3.0,2.0,30.0,44.3,-88.5
"""
)

_AIR_HEADER = (
    '"State","County","Year","Days with AQI","Good Days","Moderate Days",'
    '"Unhealthy for Sensitive Groups Days","Unhealthy Days","Very Unhealthy Days",'
    '"Hazardous Days","Max AQI","90th Percentile AQI","Median AQI","Days CO","Days NO2",'
    '"Days Ozone","Days PM2.5","Days PM10"\n'
)

AIR_2023 = (
    _AIR_HEADER
    + """\
"Connecticut","Hartford",2023,365,226,127,8,3,1,0,244,62,43,0,9,196,160,0
"Country Of Mexico","SONORA",2023,306,10,200,50,46,0,0,190,110,80,0,0,0,306,0
"Maryland","Baltimore (City)",2023,365,180,175,8,2,0,0,185,72,51,0,20,120,225,0
"Maryland","Baltimore",2023,365,230,125,8,2,0,0,176,66,45,0,0,200,165,0
"North Carolina","Durham",2023,365,163,196,4,2,0,0,181,69,52,0,0,74,291,0
"Wisconsin","Vilas",2023,203,150,50,3,0,0,0,110,60,38,0,0,203,0,0
"""
)

AIR_2024 = (
    _AIR_HEADER
    + """\
"North Carolina","Durham",2024,366,170,196,0,0,0,0,97,61,51,0,0,66,299,1
"""
)

_LEGACY = (
    "This agency/state submits rape data classified according to the legacy UCR definition; "
    "therefore the rape offense and violent crime total is not included in this table."
)
_CHANGED = "Because of changes in reporting practices, figures are not comparable."

_HEAD_2016 = [
    "State",
    "City",
    "Population",
    "Violent\ncrime",
    "Murder and\nnonnegligent\nmanslaughter",
    "Rape\n(revised\ndefinition)1",
    "Rape\n(legacy\ndefinition)2",
    "Robbery",
    "Aggravated\nassault",
    "Property\ncrime",
    "Burglary",
    "Larceny-\ntheft",
    "Motor\nvehicle\ntheft",
    "Arson3",
]
_HEAD = [*_HEAD_2016[:5], "Rape1", *_HEAD_2016[7:13], "Arson2"]

FBI_2016: Sheet = [
    ["Table 6"],
    ["Offenses Known to Law Enforcement"],
    ["by State by City, 2016"],
    _HEAD_2016,
    ["ALABAMA", "Abbeville4", 2608, 11, 0, 1, "", 0, 10, 51, 12, 34, 5, ""],
    ["CONNECTICUT", "Newtown", 28105, 4, 0, 1, "", 0, 3, 150, 30, 115, 5, 0],
    ["IDAHO", "Boise", 220749, 585, 6, 138, "", 44, 397, 4500, 700, 3600, 200, 30],
    ["WISCONSIN", "Superior", 26451, 90, 0, "", 7, 15, 68, 1304, 218, 1032, 54, 7],
    ["1 The figures shown in this column were reported using the revised definition."],
    ["2 The figures shown in this column were reported using the legacy definition."],
    ["4 " + _CHANGED],
]

FBI_2018: Sheet = [
    ["Table 8"],
    ["Offenses Known to Law Enforcement"],
    ["by State by City, 2018"],
    _HEAD,
    ["ALABAMA", "Abbeville", 3500, 11, 0, 1, 0, 10, 51, 12, 34, 5, ""],
    ["FLORIDA", "Lake Worth", 38577, 400, 3, 30, 120, 247, 1500, 300, 1100, 100, 5],
    [
        "KENTUCKY",
        "Louisville Metro",
        682934,
        4500,
        80,
        200,
        1100,
        3120,
        27000,
        5000,
        18000,
        4000,
        "",
    ],
    ["MARYLAND", "Baltimore City Sheriff", "", 0, 0, 0, 0, 0, 0, 0, 0, 0, ""],
    ["", "Towson", 59000, 10, 0, 1, 4, 5, 100, 20, 70, 10, 1],
    ["NEW HAMPSHIRE", "Durham", 16700, 10, 0, 4, 0, 6, 90, 10, 78, 2, 0],
    ["NEW YORK", "Durham Town", 2700, 1, 0, 0, 0, 1, 8, 2, 6, 0, 0],
    ["NORTH CAROLINA8", "Durham", 273759, "", 33, "", 723, 1125, 9755, 2238, 6688, 829, 35],
    ["PENNSYLVANIA", "O'Hara Township", 8400, 5, 0, 1, 1, 3, 60, 5, 54, 1, 0],
    ["", "Springfield Township", 19500, 20, 0, 2, 8, 10, 300, 30, 260, 10, 1],
    ["", "Springfield Township, Delaware County", 24200, 9, 0, 1, 4, 4, 500, 30, 460, 10, 1],
    ["WISCONSIN", "Superior", 26054, 88, 0, 20, 15, 53, 1200, 200, 950, 50, 5],
    ["", "City of Superior", 26054, 88, 0, 20, 15, 53, 1200, 200, 950, 50, 5],
    ["8 " + _LEGACY],
]

FBI_2019: Sheet = [
    ["Table 8"],
    ["Offenses Known to Law Enforcement"],
    ["by State by City, 2019"],
    _HEAD,
    ["NORTH CAROLINA", "Durham5,6", 280282, 2046, 37, 121, 626, 1262, 10672, 1972, 7942, 758, 39],
    ["5 " + _CHANGED],
    ["6Arson offenses are reported by the fire department."],
]


def write_raw(folder: Path) -> Path:
    """Lay the samples out as the raw files lie, and return the folder."""
    texts = {
        **boundaries.FILES,
        **schools.FILES,
        **home_prices.FILES,
        **transit.FILES,
        **transit_feeds.FILES,
        **unemployment.FILES,
        "places/county_place_geocorr2022.csv": GEOCORR.encode("latin-1"),
        "places/sub-est2019_all.excel-damaged.csv": ESTIMATES_2019.encode("latin-1"),
        "places/Gaz_places_national_2010.txt": GAZETTEER.replace("\n", "\r\n").encode("latin-1"),
        "places/place_populations_2014_2023.csv": LARGE_PLACES.encode(),
        "places/us_cities_top_1000_pep2023.json": TOP_1000.encode(),
        "crime/fbi_city_to_place_geocodes.csv": FBI_NAMES.encode(),
        "crime/leaic_ori_to_place.csv": AGENCIES.encode(),
        "census/acs5_2016-2020_places_10k_plus.csv": ACS_2020.encode(),
        "census/acs5_2019-2023_places_10k_plus.csv": ACS_2023.encode(),
        "air/annual_aqi_by_county_2023.csv": AIR_2023.encode(),
        "air/annual_aqi_by_county_2024.csv": gzip.compress(AIR_2024.encode(), mtime=0),
        "crime/fbi_table6_2016.xls": workbook(FBI_2016),
        "crime/fbi_table8_2018.xls": workbook(FBI_2018),
        "crime/fbi_table8_2019.xls": workbook(FBI_2019),
        **agencies.FILES,
        **ages.FILES,
        **commuting.FILES,
        **crashes.FILES,
        **finances.FILES,
        **incomes.FILES,
    }
    for path, body in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    return folder
