"""Lines of the FHFA's file: no header, dashes, brackets, names with hyphens and several states."""

METRO = """\
"Durham-Chapel Hill, NC",20500,1978,1,-,-
"Durham-Chapel Hill, NC",20500,2021,4,294.94,( 2.02)
"Durham-Chapel Hill, NC",20500,2022,3,354.85,( 3.19)
"Durham-Chapel Hill, NC",20500,2022,4,341.20,( 4.04)
"Wilmington, DE-MD-NJ (MSAD)",48864,2022,4,250.10,( 1.95)
"Superior-Durham, WI-NH",99999,2022,4,100.00,( 0.00)
"""

FILES = {"homes/fhfa_HPI_AT_metro.subset.csv": METRO.encode()}
"""Chapel Hill is not in the samples' register; two Superiors and two Durhams share a state."""
