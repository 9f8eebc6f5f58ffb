"""AWS's list prices in us-east-1, without free tiers, each with where it was read and when.

No price could be read from AWS on the day of use: what stands here was found in copies. A price
whose copy says when it was true has that time; one that many undated copies agree on has none, and
the page calls it unverified. Compare them with a bill before anybody is promised anything.
"""

from dataclasses import dataclass

REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit costs.

    Attributes:
        name: what is paid for.
        usd: price of one unit, in US dollars.
        unit: the unit.
        page: AWS's page that has the price.
        read_in: when the copy that it was read in was true, as year and month; empty if the copy
            does not say.
        note: where copies disagree, and what was chosen.
    """

    name: str
    usd: float
    unit: str
    page: str
    read_in: str = ""
    note: str = ""


_MILLION = 1e-6

LAMBDA_TIME = Price(
    name="Lambda, arm64",
    usd=0.0000133334,
    unit="GB-second",
    page="aws.amazon.com/lambda/pricing",
    read_in="2026-09",
)
LAMBDA_REQUEST = Price(
    name="Lambda requests",
    usd=0.20 * _MILLION,
    unit="request",
    page="aws.amazon.com/lambda/pricing",
    read_in="2026-09",
)
API_REQUEST = Price(
    name="HTTP API",
    usd=1.00 * _MILLION,
    unit="request of up to 512 KB",
    page="aws.amazon.com/api-gateway/pricing",
    read_in="2026-09",
)
EDGE_REQUEST = Price(
    name="CloudFront requests, HTTPS",
    usd=0.0100 / 10_000,
    unit="request",
    page="aws.amazon.com/cloudfront/pricing",
    note="many copies say $0.0075 for 10,000, which is the price of plain HTTP",
)
EDGE_OUT = Price(
    name="CloudFront to the internet",
    usd=0.085,
    unit="GB",
    page="aws.amazon.com/cloudfront/pricing",
    read_in="2026-01",
)
EDGE_FUNCTION = Price(
    name="CloudFront Functions",
    usd=0.10 * _MILLION,
    unit="run",
    page="aws.amazon.com/cloudfront/pricing",
)
EDGE_TENANT = Price(
    name="CloudFront distribution tenant",
    usd=0.10,
    unit="tenant and month",
    page="aws.amazon.com/cloudfront/pricing",
    note="another copy has ten free, then $20 for up to 200 together",
)
WAF_ACL = Price(
    name="WAF web ACL",
    usd=5.00,
    unit="ACL and month",
    page="aws.amazon.com/waf/pricing",
    read_in="2026",
)
WAF_RULE = Price(
    name="WAF rule or managed list",
    usd=1.00,
    unit="rule and month",
    page="aws.amazon.com/waf/pricing",
    read_in="2026",
)
WAF_REQUEST = Price(
    name="WAF requests",
    usd=0.60 * _MILLION,
    unit="request",
    page="aws.amazon.com/waf/pricing",
    read_in="2026",
)
INTERNET_OUT = Price(
    name="From the region to the internet",
    usd=0.09,
    unit="GB",
    page="aws.amazon.com/ec2/pricing/on-demand",
    read_in="2025-05",
)
S3_STORAGE = Price(
    name="S3 Standard",
    usd=0.023,
    unit="GB and month",
    page="aws.amazon.com/s3/pricing",
    read_in="2026-03",
)
S3_GET = Price(
    name="S3 GET",
    usd=0.0004 / 1_000,
    unit="request",
    page="aws.amazon.com/s3/pricing",
)
S3_PUT = Price(
    name="S3 PUT and LIST",
    usd=0.005 / 1_000,
    unit="request",
    page="aws.amazon.com/s3/pricing",
)
LOGS_IN = Price(
    name="CloudWatch Logs, taken in",
    usd=0.50,
    unit="GB",
    page="aws.amazon.com/cloudwatch/pricing",
    read_in="2026-06",
)
LOGS_KEPT = Price(
    name="CloudWatch Logs, kept",
    usd=0.03,
    unit="GB, compressed, and month",
    page="aws.amazon.com/cloudwatch/pricing",
)
ALARM = Price(
    name="CloudWatch alarm",
    usd=0.10,
    unit="alarm and month",
    page="aws.amazon.com/cloudwatch/pricing",
)
DASHBOARD = Price(
    name="CloudWatch dashboard",
    usd=3.00,
    unit="dashboard and month",
    page="aws.amazon.com/cloudwatch/pricing",
    read_in="2026-06",
)
TRANSITION = Price(
    name="Step Functions, Standard",
    usd=0.025 / 1_000,
    unit="transition",
    page="aws.amazon.com/step-functions/pricing",
)
EVENT = Price(
    name="EventBridge events of S3",
    usd=1.00 * _MILLION,
    unit="event",
    page="aws.amazon.com/eventbridge/pricing",
    read_in="2026-03",
    note="some copies count S3's events among those that are free; the higher is taken",
)
MEMBER = Price(
    name="Cognito Essentials",
    usd=0.015,
    unit="user who signs in, and month",
    page="aws.amazon.com/cognito/pricing",
    read_in="2026",
)
TABLE_WRITE = Price(
    name="DynamoDB writes on demand",
    usd=0.625 * _MILLION,
    unit="KB",
    page="aws.amazon.com/dynamodb/pricing/on-demand",
    read_in="2026-09",
)
SCAN = Price(
    name="Athena",
    usd=5.00,
    unit="TB read",
    page="aws.amazon.com/athena/pricing",
)

PRICES = (
    LAMBDA_TIME,
    LAMBDA_REQUEST,
    API_REQUEST,
    EDGE_REQUEST,
    EDGE_OUT,
    EDGE_FUNCTION,
    EDGE_TENANT,
    WAF_ACL,
    WAF_RULE,
    WAF_REQUEST,
    INTERNET_OUT,
    S3_STORAGE,
    S3_GET,
    S3_PUT,
    LOGS_IN,
    LOGS_KEPT,
    ALARM,
    DASHBOARD,
    TRANSITION,
    EVENT,
    MEMBER,
    TABLE_WRITE,
    SCAN,
)
"""Every price of the model, in the order of the page."""
