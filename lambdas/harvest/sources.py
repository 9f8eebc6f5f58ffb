"""Sources that more than one dataset is made from."""

from lambdas.harvest.model import Copy, Source
from lambdas.harvest.protocols import DelimitedFile, JsonFile

CENSUS = "U.S. Census Bureau"

GEOCORR_2022 = Source(
    id="geocorr-2022-county-place",
    publisher=f"{CENSUS}, through Geocorr of the Missouri Census Data Center",
    address="https://mcdc.missouri.edu/applications/geocorr2022.html",
    vintage="2020 Census, geography of 2022",
    fetchable=False,
    protocol=DelimitedFile(
        address="https://mcdc.missouri.edu/applications/geocorr2022.html",
        encoding="latin-1",
        fields={
            "county": "countyfip",
            "state": "state",
            "place": "place",
            "postal": "stab",
            "county_name": "CountyName",
            "place_name": "PlaceName",
            "population": "population",
            "share_of_place": "afact2",
        },
    ),
    copy=Copy(
        path="places/county_place_geocorr2022.csv",
        copied_from="github.com/UI-Research/mobility-from-poverty "
        "geographic-crosswalks/data/geocorr2022_county_place_2022_onwards.csv @5aa12e3e08",
        note="Latin-1; Connecticut by planning region; three dissolved places bear their code "
        "instead of a name; the former city of Louisville stands beside its successor.",
    ),
)
"""Parts of places by county, with the people counted in each part in 2020."""

NOT_IN_A_PLACE = "99999"
"""The place code under which Geocorr counts the people of a county who live in no place."""

ESTIMATES_2019 = Source(
    id="census-estimates-2019",
    publisher=f"{CENSUS}, Population Estimates Program",
    address="https://www2.census.gov/programs-surveys/popest/datasets/2010-2019/cities/totals/"
    "sub-est2019_all.csv",
    vintage="2019",
    protocol=DelimitedFile(
        address="https://www2.census.gov/programs-surveys/popest/datasets/2010-2019/cities/totals/"
        "sub-est2019_all.csv",
        encoding="latin-1",
        fields={
            "level": "SUMLEV",
            "state": "STATE",
            "place": "PLACE",
            "name": "NAME",
            "state_name": "STNAME",
            "census_2010": "CENSUS2010POP",
            "base_2010": "ESTIMATESBASE2010",
            **{f"estimate_{year}": f"POPESTIMATE{year}" for year in range(2010, 2020)},
        },
    ),
    copy=Copy(
        path="places/sub-est2019_all.excel-damaged.csv",
        copied_from="github.com/KrystalDodd/Project_one sub-est2019_all.csv @e604fabe16",
        note="Saved again by a spreadsheet, which took the leading zeros off every code; they were "
        "restored. Only incorporated places are in it, without the consolidated cities.",
    ),
)
"""Estimates of incorporated places, 1 July of 2010 to 2019, and the count of 2010."""

INCORPORATED_PLACE = "162"
"""The summary level of a whole incorporated place among the parts and sums of the estimates."""

NOT_COUNTED = "A"
"""What stands for the 2010 count of a place that was incorporated after it."""

GAZETTEER_2010 = Source(
    id="census-gazetteer-2010",
    publisher=f"{CENSUS}, Gazetteer Files",
    address="https://www2.census.gov/geo/docs/maps-data/data/gazetteer/2010_Gazetteer/"
    "2010_Gaz_place_national.zip",
    vintage="2010",
    protocol=DelimitedFile(
        address="https://www2.census.gov/geo/docs/maps-data/data/gazetteer/2010_Gazetteer/"
        "2010_Gaz_place_national.zip",
        encoding="latin-1",
        fields={
            "geoid": "GEOID",
            "name": "NAME",
            "land_m2": "ALAND",
            "water_m2": "AWATER",
            "lat": "INTPTLAT",
            "lon": "INTPTLONG",
        },
    ),
    copy=Copy(
        path="places/Gaz_places_national_2010.txt",
        copied_from="github.com/camillol/cs424p3 data/Gaz_places_national.csv @7bb289e518",
        note="Tab separated and Latin-1, whatever the name of the copy says.",
    ),
)
"""Internal point and area of every place of 2010."""

ESTIMATES_2023_ADDRESS = (
    "https://www2.census.gov/programs-surveys/popest/datasets/2020-2023/cities/totals/"
    "sub-est2023.csv"
)

ESTIMATES_LARGE = Source(
    id="census-estimates-large-places",
    publisher=f"{CENSUS}, Population Estimates Program",
    address=ESTIMATES_2023_ADDRESS,
    vintage="2019 (2014 to 2019) and 2023 (2020 to 2023)",
    fetchable=False,
    protocol=DelimitedFile(
        address=ESTIMATES_2023_ADDRESS,
        fields={
            "year": "year",
            "state": "state",
            "place": "place",
            "name": "place_name",
            "population": "population",
        },
    ),
    copy=Copy(
        path="places/place_populations_2014_2023.csv",
        copied_from="github.com/UI-Research/mobility-from-poverty "
        "geographic-crosswalks/data/place-populations.csv @5aa12e3e08",
        note="486 places of more than 75,000 people. One column holds two vintages: they meet "
        "between 2019 and 2020 and are kept apart here.",
    ),
)
"""Estimates of the largest places by year, of two vintages."""

ESTIMATES_TOP_1000 = Source(
    id="census-estimates-2023-top-1000",
    publisher=f"{CENSUS}, Population Estimates Program",
    address=ESTIMATES_2023_ADDRESS,
    vintage="2023",
    fetchable=False,
    protocol=JsonFile(
        address=ESTIMATES_2023_ADDRESS,
        fields={"geoid": "fips", "name": "name", "population": "population"},
    ),
    copy=Copy(
        path="places/us_cities_top_1000_pep2023.json",
        copied_from="github.com/communisaas/voter-protocol "
        "packages/shadow-atlas/src/data/us-cities-top-1000.json @072a0687c8",
        note="The 1,000 most populous incorporated places (down to 40,211 people); the year 2023 "
        "alone.",
    ),
)
"""Estimates of the 1,000 most populous incorporated places, 1 July 2023."""

FBI_PLACE_CODES = Source(
    id="data-commons-fbi-places",
    publisher="Data Commons",
    address="https://github.com/datacommonsorg/data/tree/master/scripts/fbi/crime",
    vintage="names as the FBI prints them, 2008 to 2019",
    fetchable=False,
    protocol=DelimitedFile(
        address="https://raw.githubusercontent.com/datacommonsorg/data/master/scripts/fbi/crime/"
        "city_geocodes.csv",
        header=("name", "geoid"),
        fields={"name": "name", "geoid": "geoid"},
    ),
    copy=Copy(
        path="crime/fbi_city_to_place_geocodes.csv",
        copied_from="github.com/spiekos/data scripts/fbi/crime/city_geocodes.csv @37cbdaf9b4",
        note="Names in lower case; one GEOID of eight digits, some of the wrong state, some of a "
        "city of the same name. A name that several townships of a state bear has one GEOID.",
    ),
)
"""GEOIDs of places and county subdivisions by the name under which the FBI prints them."""

AGENCY_CROSSWALK = Source(
    id="leaic-2012",
    publisher="Bureau of Justice Statistics, Law Enforcement Agency Identifiers Crosswalk",
    address="https://www.icpsr.umich.edu/web/NACJD/studies/35158",
    vintage="2012",
    fetchable=False,
    protocol=DelimitedFile(
        address="https://www.icpsr.umich.edu/web/NACJD/studies/35158",
        fields={
            "ori": "ori9",
            "state": "fips_state_code",
            "county": "fips_county_code",
            "place": "fips_place_code",
            "agency_type": "agency_type",
            "agency_name": "crosswalk_agency_name",
            "census_name": "census_name",
        },
    ),
    copy=Copy(
        path="crime/leaic_ori_to_place.csv",
        copied_from="github.com/jacobkap/crime_data crosswalk.rds @ec40eab519",
        note="A place code of 99 and three digits means a whole county.",
    ),
)
"""Which county and place each law enforcement agency belongs to."""
