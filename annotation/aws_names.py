"""How AWS writes its names, as patterns that match a whole name."""

REGION = r"[a-z]{2}(-[a-z]+)+-\d{1,2}"
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
ROLE = r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+"
INSTANCE_TYPE = r"ml\.[a-z0-9-]+\.[a-z0-9-]+"
