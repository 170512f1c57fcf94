"""django-allauth: sign-up, sign-in, two-factor authentication, passkeys, the OAuth/OIDC provider."""

from ecosystem import env

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if env.TESTING
    else [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "apps.users.accounts.passwords.MinimumLength"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
EMAIL_TIMEOUT = 10
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SIGN_UP = env.SIGN_UP
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_UNIQUE_EMAIL = True
# Unconfirmed email addresses don't block others from signing up; the adapter refuses confirmed ones.
ACCOUNT_PREVENT_ENUMERATION = "strict"
# apps/users/accounts/attempts.py limits attempts: by username alone, anyone could lock out others.
ACCOUNT_RATE_LIMITS = {"login_failed": None}
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if env.IS_HTTPS else "http"
ACCOUNT_ADAPTER = "apps.users.accounts.adapters.AccountAdapter"
MFA_ADAPTER = "apps.users.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not env.IS_HTTPS
MFA_TOTP_ISSUER = env.SITE_NAME
ALLAUTH_TRUSTED_PROXY_COUNT = env.TRUSTED_PROXY_COUNT
ACCOUNT_FORMS = {
    "signup": "apps.users.accounts.sign_in_forms.SignUpForm",
    "login": "apps.users.accounts.sign_in_forms.SignInForm",
    "add_email": "apps.users.accounts.sign_in_forms.AddEmailForm",
    "reset_password": "apps.users.accounts.sign_in_forms.RequestResetForm",
    "reset_password_from_key": "apps.users.accounts.sign_in_forms.ResetPasswordForm",
    "change_password": "apps.users.accounts.sign_in_forms.ChangePasswordForm",
    "set_password": "apps.users.accounts.sign_in_forms.SetPasswordForm",
    "reauthenticate": "apps.users.accounts.sign_in_forms.ConfirmAccessForm",
}
MFA_FORMS = {
    "authenticate": "apps.users.accounts.code_forms.SignInWithCodeForm",
    "reauthenticate": "apps.users.accounts.code_forms.ConfirmWithCodeForm",
    "activate_totp": "apps.users.accounts.code_forms.ActivateCodeForm",
    "add_webauthn": "apps.users.accounts.key_forms.AddKeyForm",
    "authenticate_webauthn": "apps.users.accounts.key_forms.UseKeyForm",
    "login_webauthn": "apps.users.accounts.key_forms.SignInWithKeyForm",
    "reauthenticate_webauthn": "apps.users.accounts.key_forms.ConfirmWithKeyForm",
}

# OAuth applications: the hub client renews its token a day before expiry, so tokens live for weeks.
DEVICE_CLIENT_ID = env.env.str("DEVICE_CLIENT_ID", default="")
OIDC_PRIVATE_KEY = env.env.str("OIDC_PRIVATE_KEY", default="").replace("\\n", "\n")
OIDC_KEY_FILE = env.DATA_DIR / "secrets" / "oidc_key.pem"
IDP_OIDC_ADAPTER = "apps.users.accounts.adapters.OidcAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 30 * 24 * 3600
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 180 * 24 * 3600
IDP_OIDC_DEVICE_CODE_EXPIRES_IN = 900
IDP_OIDC_RATE_LIMITS = {"device_code": "30/m/ip"}
