"""Schools as the lists have them: in the city, in its hole, at its edge, by a box, in Illinois."""

# ruff: noqa: E501, RUF001 - lines are those of the publishers' files

import json

_SEARCH_HEADER = "NCES School ID,State School ID,NCES District ID,State District ID,Low Grade*,High Grade*,School Name,District,County Name*,Street Address,City,State,ZIP,ZIP 4-digit,Locale Code*,Locale*,Charter,Students*,Teachers*,Student Teacher Ratio*,Free Lunch*,Reduced Lunch*,Directly Certified*,Type,Status,Latitude,Longitude\n"

FLORIDA = (
    _SEARCH_HEADER
    + """\
120150001581,FL-50-0001,1201500,FL-50,PK,05,NORTH GRADE ELEMENTARY,PALM BEACH,Palm Beach County,824 N K ST,LAKE WORTH BEACH,FL,33460,,21,Suburb: Large,No,600.00000,40.00000,15.0000000,1.00000,1.00000,1.00000,Regular,Open,26.62,-80.05
120150001582,FL-50-0002,1201500,FL-50,09,12,LAKE WORTH HIGH,PALM BEACH,Palm Beach County,1701 LAKE WORTH RD,Lake Worth Beach,FL,33460,,21,Suburb: Large,No,2400.00000,100.00000,24.0000000,1.00000,1.00000,1.00000,Regular,Changed Agency,26.61,-80.06
120150001583,FL-50-0003,1201500,FL-50,–,–,HOME EDUCATION,PALM BEACH,Palm Beach County,300 N Dixie Hwy,Lake Worth Beach,FL,33460,,21,Suburb: Large,†,†,†,†,†,†,†,Other/Alternative,New,26.61,-80.06
120150001584,FL-50-0004,1201500,FL-50,KG,05,TOMORROW ELEMENTARY,PALM BEACH,Palm Beach County,1 A ST,Lake Worth Beach,FL,33460,,21,Suburb: Large,Yes,†,†,†,†,†,†,Regular,Future,26.61,-80.06
120150001585,FL-50-0005,1201500,FL-50,09,12,ACCELERATION ACADEMIES LLC,PALM BEACH,Palm Beach County,1 WACKER DR,CHICAGO,IL,60601,,21,Suburb: Large,Yes,†,†,†,†,†,†,Regular,Open,41.8,-87.6
120150001586,FL-50-0006,1201500,FL-50,06,08,BOX MIDDLE,PALM BEACH,Palm Beach County,P.O. Box 7,Lake Worth Beach,FL,33460,,21,Suburb: Large,No,300.00000,20.00000,15.0000000,1.00000,1.00000,1.00000,Regular,Open,26.61,-80.06
120150001587,FL-50-0007,1201500,FL-50,06,08,WESTERN MIDDLE,PALM BEACH,Palm Beach County,1 B ST,LOXAHATCHEE,FL,33470,,21,Suburb: Large,No,300.00000,20.00000,15.0000000,1.00000,1.00000,1.00000,Regular,Open,26.61,-80.06
"""
)

MICHIGAN = (
    _SEARCH_HEADER
    + """\
260000100001,MI-1-1,2600001,MI-1,KG,12,ELSEWHERE ACADEMY,ELSEWHERE,Kent County,1 C ST,NOWHERE,MI,49001,,21,Suburb: Large,No,1.00000,1.00000,1.0000000,1.00000,1.00000,1.00000,Regular,Open,42.0,-85.0
"""
)

_CHARACTERISTICS_HEADER = "X,Y,OBJECTID,NCESSCH,LEA_NAME,SCH_NAME,LSTREET1,LCITY,LSTATE,LZIP,LZIP4,CHARTER_TEXT,GSLO,GSHI,STATUS,SCHOOL_TYPE_TEXT,SY_STATUS_TEXT,TOTAL,FTE,LATCOD,LONCOD\n"

ALABAMA = (
    _CHARACTERISTICS_HEADER
    + """\
-85.2510,31.5700,1,010177000673,Henry County,Abbeville High School,411 Graball Cutoff,Abbeville,AL,36310,    ,No,07,12,1,Regular school,Currently operational ,350,22.5,31.5700,-85.2510
-85.2520,31.5710,2,010177000674,Henry County,Abbeville Reporting Unit,1 Main St,Abbeville,AL,36310,    ,No,M ,M ,1,Special education school,Currently operational ,,,31.5710,-85.2520
-85.2520,31.5710,3,010177000675,Henry County,Abbeville Old School,2 Main St,Abbeville,AL,36310,    ,No,KG,06,2,Regular school,Closed ,,,31.5710,-85.2520
"""
)


def _north_carolina(
    lea_school: str, name: str, lon: float, lat: float, city: str = "Durham", **other: object
) -> dict[str, object]:
    properties = {
        "lea_school": lea_school,
        "school_nam": name,
        "phys_addr": "1 Main St",
        "phys_city": city,
        "phys_zip": 27701,
        "sch_desg": "Public",
        "sch_type": "Regular School",
        "num_teach": 30,
        "bgn_grade": "KG",
        "end_grade": "05",
        "pre_k": " ",
        **other,
    }
    point = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": properties}


NORTH_CAROLINA = {
    "type": "FeatureCollection",
    "features": [
        _north_carolina("70310", "Inside Elementary", -78.9, 36.0),
        _north_carolina("320312", "Exclave Early College", -78.7, 36.0, bgn_grade="09", end_grade="13"),
        _north_carolina("32A000", "Charter of the Suburb", -78.91, 36.01, city="Chapel Hill", sch_desg="Charter"),
        _north_carolina("320313", "Hole Elementary", -78.95, 36.05),
        _north_carolina("320314", "Edge Middle", -78.80003, 36.0, bgn_grade="06", end_grade="08", num_teach=0),
        _north_carolina("320315", "Blank School", -78.92, 36.02, bgn_grade=" ", end_grade=" "),
        _north_carolina("92P000", "Twice Academy", -78.9, 35.98),
        _north_carolina("92P000", "Twice Academy", -78.9, 35.98),
    ],
}  # fmt: skip

FILES = {
    "schools/nces_search_fl_public_schools.csv": ("\ufeff" + FLORIDA).encode(),
    "schools/nces_search_ca_public_schools.csv": _SEARCH_HEADER.encode(),
    "schools/nces_search_mi_public_schools.csv": MICHIGAN.encode(),
    "schools/nces_Public_School_Characteristics_2020-21.al.csv": ALABAMA.encode(),
    "schools/nc_public_schools.geojson": json.dumps(NORTH_CAROLINA).encode(),
}
