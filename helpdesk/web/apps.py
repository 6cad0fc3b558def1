from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django's administration on our own site object: our sign-in, grouped by task."""

    default_site = "helpdesk.web.admin_site.AdministrationSite"
