#!/bin/sh
# SPDX-License-Identifier: MIT
# The service under load (wrk, keep-alive), and what it did with its time:
#
#   sh load.sh REDACTION_SERVICE SERVICE_CLIENT TEXTS.jsonl [MODEL FOLDER]
set -eu
service=$1 client=$2 texts=$3
work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
printf '{"port": 0, "threads": 16, "audit_log": "%s/audit.jsonl", "model_version": "load"}' "$work" > "$work/config.json"
"$service" "$work/config.json" ${4:+"$4"} > "$work/url" &
pid=$!
until grep -q http "$work/url"; do sleep 0.1; done
url=$(cat "$work/url")

cat > "$work/post.lua" <<LUA
local bodies = {}
for line in io.lines("$texts") do
  local text = line:match('"text": ?(".-[^\\\\\\\\]")')
  if text then bodies[#bodies + 1] = '{"text": ' .. text .. '}' end
end
local i = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  i = i % #bodies + 1
  return wrk.format(nil, "/entities", nil, bodies[i])
end
LUA
echo "== figures"
"$client" "${url##*:}" f1 "$texts"
echo "== load: 4 connections, 10 s"
wrk -t1 -c4 -d10s --latency -s "$work/post.lua" "$url" | grep -E '50%|99%|Requests/sec|Non-2xx' || true
echo "== where the time went"
curl -s "$url/metrics" | grep -E '^ner_(model|around_model)_seconds_total|^ner_request_seconds_sum'
echo "== noise"
"$client" "${url##*:}" noise 10000
