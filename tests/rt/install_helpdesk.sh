#!/bin/sh
# Installs django-helpdesk from PyPI into a virtual environment of its own, where it is missing. Needs Python alone.
set -eu
place="${CX_HELPDESK_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/cx-test-helpdesk}"
[ -x "$place/bin/python" ] && "$place/bin/python" -c "import helpdesk" 2>/dev/null && exit 0
"${PYTHON:-python3}" -m venv "$place"
"$place/bin/pip" install --quiet "django-helpdesk==2.6.1" "djangorestframework>=3.16,<4"
