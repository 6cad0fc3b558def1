"""The product's settings with two more routes and without the API's request limit. Never used to run the product."""

from helpdesk.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
API_REQUESTS_PER_MINUTE = 10**9
LOG_LEVEL = "WARNING"
