// SPDX-License-Identifier: MIT
// The page at "/": a person pastes text and sees the entities. Offsets are asked for in UTF-16 units, which is what
// JavaScript counts, and text reaches the page as text nodes only.
#pragma once
#include <string_view>

namespace service {

inline constexpr std::string_view page = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:">
<link rel="icon" href="data:,"><title>Entities in a text</title><style>
:root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--dim:#57606a;--line:#8c959f;--soft:#f3f5f7;--accent:#0b5cad}
@media (prefers-color-scheme:dark){:root{--back:#14171b;--text:#e4e8ec;--dim:#9aa5b0;--line:#6a747e;--soft:#1d2228;--accent:#7db7ef}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:48rem;background:var(--back);color:var(--text);font:1rem/1.6 system-ui,"Noto Sans",sans-serif;
overflow-wrap:anywhere}
textarea{width:100%;min-height:9rem;padding:.6rem;font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);
border-radius:.4rem;resize:vertical}
button{font:inherit;padding:.4rem 1rem;margin:.5rem .5rem .5rem 0;border:1px solid var(--accent);border-radius:.4rem;color:var(--accent);
background:transparent;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
#answer{min-height:4rem;padding:.6rem;border:1px solid var(--line);border-radius:.4rem;white-space:pre-wrap;line-height:2.1}
mark{color:inherit;padding:.15rem .15rem;border-radius:.2rem;background:hsl(var(--hue) 70% 82%)}
@media (prefers-color-scheme:dark){mark{background:hsl(var(--hue) 45% 27%)}}
mark bdi{font-size:.72rem;font-weight:600;border:1px solid currentColor;border-radius:.3rem;padding:0 .3rem;margin-inline-start:.25rem;white-space:nowrap}
#status{color:var(--dim);min-height:1.6rem}
</style></head>
<body><main><h1>Entities in a text</h1>
<label for="text">Text, in any script</label>
<textarea id="text" dir="auto" spellcheck="false">Ada Larsen wrote to Tomas Plana from Madrid.</textarea>
<button id="find" type="button">Find entities</button><button id="hide" type="button">Redact</button>
<p id="status" role="status" aria-live="polite"></p>
<div id="answer" dir="auto" tabindex="0" role="region" aria-label="Answer"></div>
</main><script>
"use strict";
const at = id => document.getElementById(id), hues = new Map();
const hue = type => { if (!hues.has(type)) hues.set(type, hues.size * 137 % 360); return hues.get(type); };
function show(text, entities) {
  const parts = [];
  let done = 0;
  for (const e of entities) {
    parts.push(text.slice(done, e.begin));
    const mark = document.createElement("mark"), tag = document.createElement("bdi");
    mark.style.setProperty("--hue", hue(e.type));
    tag.textContent = e.type + " " + e.score.toFixed(2);
    mark.append(text.slice(e.begin, e.end), tag);
    parts.push(mark);
    done = e.end;
  }
  parts.push(text.slice(done));
  at("answer").replaceChildren(...parts);
}
async function ask(path) {
  const text = at("text").value;
  at("status").textContent = "Asking…";
  try {
    const reply = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({text, unit: "utf16"})});
    const answer = await reply.json();
    if (!reply.ok) throw new Error(answer.error);
    if (path === "/redact") at("answer").replaceChildren(answer.text); else show(text, answer.entities);
    const n = answer.entities.length;
    at("status").textContent = (n === 1 ? "1 entity" : n + " entities") + ", by " + answer.model_version;
  } catch (e) {
    at("answer").replaceChildren();
    at("status").textContent = "Not answered: " + e.message;
  }
}
at("find").addEventListener("click", () => ask("/entities"));
at("hide").addEventListener("click", () => ask("/redact"));
</script></body></html>
)html";

}  // namespace service
