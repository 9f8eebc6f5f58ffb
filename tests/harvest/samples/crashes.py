"""Crashes in and around Durham; the boundary is that of the samples of boundaries."""

# ruff: noqa: E501, RUF001 - lines are those of the publisher's file, its dashes too

CRASHES = """\
CrashID,CrashDate,CrashYear,CrashMonth,CrashHour,Latitude,Longitude,CrashSevr,CrashType,CrashTypGr,NM_Type,NM_Inj,NM_NumTot,NM_NumK,NM_NumA,NM_NumB,NM_NumC,NM_NumU,DrvrVehTyp,SpeedLimit,RdClass,LightCond,Weather,County,City
101878313,2007-01-02,2007,January,16,36.000,-78.900,B: Suspected Minor Injury,Bicyclist Ride Out - Parallel Path,Parallel Paths - Other Circumstances,Bicyclist,B: Suspected Minor Injury,Not coded,Not coded,Not coded,Not coded,Not coded,Not coded,Passenger Car,30 - 35 MPH,Secondary Route,Daylight,Clear,Durham,Durham
101884206,2007-01-10,2007,January,21,35.990,-78.910,K: Killed,Pedestrian Failed to Yield,Crossing Roadway - Vehicle Not Turning,Pedestrian,C: Possible Injury,Not coded,Not coded,Not coded,Not coded,Not coded,Not coded,Passenger Car,Unknown,Local Street,Dark - Roadway Not Lighted,Clear,Durham,Durham
107000001,2024-05-31,2024,May,0,35.990,-78.910,Unknown Injury,Dash,Dash / Dart-Out,Scooter – unpowered,Unknown Injury,1,0,0,0,0,1,Unknown,Unknown,Unknown,Daylight,Clear,Durham,Durham
107000002,2024-06-01,2024,June,8,36.000,-78.900,C: Possible Injury,Dash,Dash / Dart-Out,Pedestrian,C: Possible Injury,1,0,0,0,1,0,Van,35,Local Street,Daylight,Clear,Durham,None - Rural Crash
107000003,2024-06-02,2024,June,8,36.000,-78.900,C: Possible Injury,Dash,Dash / Dart-Out,Pedestrian,C: Possible Injury,1,0,0,0,1,0,Van,35,Local Street,Daylight,Clear,Durham,Chapel Hill
107000004,2024-06-03,2024,June,8,36.300,-78.500,C: Possible Injury,Dash,Dash / Dart-Out,Pedestrian,C: Possible Injury,1,0,0,0,1,0,Van,35,Local Street,Daylight,Clear,Durham,Durham
"""

FILES = {"traffic/durham_nc_nonmotorist_crashes_2007_2024.csv": CRASHES.encode()}
