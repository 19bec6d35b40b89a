"""What gunicorn and the ``flask`` command load: the application, configured by the environment."""

from app.config import Config, ConfigFaults
from app.web import create_app

try:
    app = create_app(Config.from_env())
except ConfigFaults as faults:
    raise SystemExit(str(faults)) from None
