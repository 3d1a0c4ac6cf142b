#!/bin/sh
# Make the secrets that compose.yaml mounts: a random value each, in a file of its own. What is there already is kept.
# The folder is for you alone; the files in it are readable, because the services run under different numbers.
# usage: deploy/make_secrets.sh [FOLDER]
set -eu
folder=${1:-secrets}
umask 022
mkdir -p "$folder"
chmod 700 "$folder"
printf '*\n' >"$folder/.gitignore"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

keep() { # keep NAME VALUE
    [ -s "$folder/$1" ] && return
    printf '%s' "$2" >"$folder/$1"
    echo "made $folder/$1"
}

of() { cat "$folder/$1"; }

for name in mysql_root_password mysql_password redis_password balas_api_key balas_admin_password \
    whatsapp_hook_hmac_key waha_api_key waha_dashboard_password qdrant_api_key; do
    keep "$name" "$(random)"
done
keep database_url "mysql://balas:$(of mysql_password)@mysql:3306/balas"
keep redis_url "redis://:$(of redis_password)@redis:6379/0"
keep qdrant.yaml "service: {api_key: $(of qdrant_api_key)}"
# WAHA reads its secrets from its environment only.
keep waha.env "WAHA_API_KEY=$(of waha_api_key)
WHATSAPP_HOOK_HMAC_KEY=$(of whatsapp_hook_hmac_key)
WAHA_DASHBOARD_USERNAME=admin
WAHA_DASHBOARD_PASSWORD=$(of waha_dashboard_password)
WHATSAPP_SWAGGER_USERNAME=admin
WHATSAPP_SWAGGER_PASSWORD=$(of waha_dashboard_password)
"
