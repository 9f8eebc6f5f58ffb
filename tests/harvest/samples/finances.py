"""City finances of three kinds: a state's table, annual reports, adopted budgets."""

# ruff: noqa: E501 - lines are those of the publishers' files

import json
from typing import Any

MASSACHUSETTS = """\
DOR Code,Municipality,County,Billing Cycle,Form of Government,School Structure,2021 Population,FY 2023 Single Family Tax Bill,2020 DOR Income Per Capita,2022 EQV Per Capita,Land Area,Population Density,2018 Total Road Miles,Fiscal Year,General Government,Police,Fire,Other Public Safety,Education,Public Works,Human Services,Culture and Recreation,Fixed Costs,Intergovernmental Assessments,Other Expenditures,Debt Service,Total Expenditures,Tax Levy,State Aid,Local Receipts,Enterprise & CPA Funds,Other Revenue,Total Budget...9,Tax Levy as % of Budget...10,State Aid as % of Budget...11,Local Receipts as % of Budget...12,All Other as % of Budget,Total Budget...14,Tax Levy as % of Budget...15,State Aid as % of Budget...16,Local Receipts as % of Budget...17,Other + CPA + Ent as % of Total,Residential Tax Rate,Open Space Tax Rate,Commercial Tax Rate,Industrial Tax Rate,Personal Property Tax Rate,Residential Levy,Open Space Levy,Commercial Levy,Industrial Levy,Personal Prop Levy,Total Tax Levy,R/O % of Total Levy,CIP as % of Total Levy
001,Abington,PLYMOUTH,Quarterly,OPEN TOWN MEETING,K-12,17094,7076,40313,157589,9.65,1771,67.4,2023,2718792,3790413,4004374,326220,29395167,2921094,611277,786611,11452850,1275913,3047,4463146,61748904,40826717.61,15991543,5408643.88,9184875.24,2012239.91,64239144.4,63.55,24.89,8.42,3.13,73424019.64,55.6,21.78,7.37,15.25,14.21,0,14.21,14.21,14.21,36517106.56,0,3112213.92,359240.17,838156.96,40826717.61,89.44,10.56
008,Amherst,HAMPSHIRE,Quarterly,REPRESENTATIVE TOWN MEETING,K-06,39378,8984,20969,73996,27.6,1427,138.07,2023,5076376,5260912,4985628,1950518,42554419,1877513,645236,3512209,11145165,3356810,0,833588,81198374,61725183.05,17451592,6409206,14909991.5,15260143,100846124.05,61.21,17.31,6.36,15.13,115756115.55,53.32,15.08,5.54,26.06,20.1,0,20.1,20.1,20.1,54770505.54,0,4042595.54,108290.76,2803791.21,61725183.05,88.73,11.27
019,Ayer,MIDDLESEX,Quarterly,OPEN TOWN MEETING,K-12,8400,5552,40320,182079,8.92,942,51.26,2023,2923445,2617399,2214056,770653,14144303,1543693,287365,870242,4337278,2889,-1124690,887820,29474453,26947805.17,1045256,2693000,10901210,2841623,33527684.17,80.37,3.12,8.03,8.48,44428894.17,60.65,2.35,6.06,30.93,12.42,0,27.45,27.45,27.45,14029861.06,0,3811960.28,4895443.98,4210539.85,26947805.17,52.06,47.94
"""

RICHARDSON: list[dict[str, Any]] = [
    {
        "fiscalYear": 2024,
        "currentAndOtherAssets": 400000000,
        "propertyTaxRevenue": 132912399,
        "salesTaxRevenue": 53763370,
        "hotelTaxRevenue": 5088522,
        "totalRevenue": 422189000,
        "modifiedAccrualExpenditures": {
            "current": [
                {"name": "General government", "value": 58169000},
                {"name": "Public safety", "value": 71378000},
                {"name": "Public services", "value": 29281000},
                {"name": "Library", "value": 4417000},
                {"name": "Parks and recreation", "value": 17807000},
                {"name": "Public health", "value": 2387000},
                {"name": "General administration", "value": 1353000},
            ],
            "debtService": {"principal": 35020000, "interest": 24402000},
            "capitalOutlay": 78960000,
            "total": 323174000,
        },
    },
    {"fiscalYear": 2025, "totalRevenue": 417159000},
]

OAKLAND_2015 = """\
budget_year,department,fund_code,account_type,account_category,amount
FY14-15,,1010,Revenue,Licenses & Permits,329207
FY14-15,,1010,Revenue,Licenses & Permits,229500
FY14-15,,1010,Revenue,Sales Tax,61000000
FY14-15,,1010,Revenue,Sales Tax,-600000
FY14-15,,1010,Revenue,Interfund Transfers,2000000
FY14-15,Police Department,1010,Expense,,200000000
FY14-15,Police Department,1010,Expense,,-1000000
FY14-15,Community Services,1010,Expense,,85087482
"""

OAKLAND_2017 = """\
account_category,account_type,amount,budget_year,department,fund_code
Utility Consumption Tax,Revenue,50000000,FY16-17,,1010
,Expense,242535092,FY16-17,Police,1010
"""

FILES = {
    "budgets/ma_municipalities_fy2023.csv": MASSACHUSETTS.encode(),
    "budgets/oakland_ca_FY14-15__adopted.csv": OAKLAND_2015.encode(),
    "budgets/oakland_ca_FY16-17__adopted.csv": OAKLAND_2017.encode(),
    "budgets/tx_richardson_acfr.json": json.dumps(RICHARDSON).encode(),
    **{
        f"budgets/tx_{city}_acfr.json": b"[]"
        for city in ("allen", "carrollton", "denton", "frisco", "lewisville")
    },
}
