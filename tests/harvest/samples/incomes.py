"""Median household incomes by name, kind and state."""

INCOMES = """\
City,State,Year,Median_Income
Boise City city,Idaho,2019,61000
Durham city,North Carolina,2018,60157
Durham city,North Carolina,2019,65534
Durham city,North Carolina,2021,66623
Macon city,Georgia,2012,24000
Superior city,Wisconsin,2019,45000
Wilmington CDP,Delaware,2010,39000
"""

FILES = {"census/acs1_median_income_2010_2023.csv": INCOMES.encode()}
