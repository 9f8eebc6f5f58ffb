"""Who the cities' staff are: one pool for all, groups ``{geoid}:{role}``."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.nag import excuse

_PASSWORD_LENGTH = 14


class StaffPool(cognito.UserPool):
    """The pool of staff: nobody signs up by themselves, everyone has a second factor.

    Args:
        scope: where it stands.
        id: its name there.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - the CDK's own name
        super().__init__(
            scope,
            id,
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=_PASSWORD_LENGTH,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            # Whoever publishes speaks for a city. A password alone is not enough for that.
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        # GetAtt ProviderURL, spelled out: emulators do not know the attribute.
        stack = Stack.of(self)
        self.issuer = f"https://cognito-idp.{stack.region}.{stack.url_suffix}/{self.user_pool_id}"
        excuse(
            self,
            "COG8",
            "its plan costs by the head; a second factor is asked of everyone instead",
        )
        self.client = self.add_client(
            "Staff",
            # By password over TLS, too: a token is then one request of any program.
            auth_flows=cognito.AuthFlow(user_srp=True, user_password=True),
            disable_o_auth=True,
            generate_secret=False,
            prevent_user_existence_errors=True,
            access_token_validity=Duration.minutes(60),
            id_token_validity=Duration.minutes(60),
            refresh_token_validity=Duration.days(1),
            enable_token_revocation=True,
        )
