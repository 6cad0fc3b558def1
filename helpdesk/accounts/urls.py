"""Sign-in and profile. Of allauth's pages only those that are used here exist: no sign-up, no e-mail management."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path

from helpdesk.accounts import views
from helpdesk.accounts.views import sign_in_door as door

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("language/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("accounts/login/", door(views.SignInView.as_view()), name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", door(account.reauthenticate), name="account_reauthenticate"),
    path("accounts/password/change/", door(account.password_change), name="account_change_password"),
    path("accounts/password/set/", door(account.password_set), name="account_set_password"),
    path("accounts/password/reset/", door(account.password_reset), name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        door(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/2fa/", mfa.index, name="mfa_index"),
    path("accounts/2fa/authenticate/", door(mfa.authenticate), name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", door(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", door(totp.activate_totp), name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", door(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("accounts/2fa/recovery-codes/", door(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "accounts/2fa/recovery-codes/generate/",
        door(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/download/",
        door(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("accounts/2fa/webauthn/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("accounts/2fa/webauthn/add/", door(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("accounts/2fa/webauthn/login/", door(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path(
        "accounts/2fa/webauthn/reauthenticate/",
        door(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", door(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("accounts/2fa/webauthn/keys/<int:pk>/edit/", door(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
]
