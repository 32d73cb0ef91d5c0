// SPDX-License-Identifier: MIT
#include "as_peer.hpp"

#include <tagspan/compat/rosetta.hpp>

#include <algorithm>

namespace cli {

namespace {

struct named_peer {
  char const* name;
  ts::compat::peer peer;
};
constexpr named_peer peers[] = {
    {"conlleval", ts::compat::peer::conlleval}, {"seqeval", ts::compat::peer::seqeval},
    {"seqeval-strict", ts::compat::peer::seqeval_strict}, {"allennlp", ts::compat::peer::allennlp},
    {"spacy", ts::compat::peer::spacy}, {"nervaluate", ts::compat::peer::nervaluate},
};

}  // namespace

std::vector<std::string> peer_names() {
  std::vector<std::string> names{"all"};
  for (named_peer const& p : peers) names.emplace_back(p.name);
  return names;
}

std::string figures_as(std::string const& peer, comparison const& files, ts::scheme_id scheme, int digits) {
  ts::compat::rosetta all(files.labels, scheme);
  for (std::size_t i = 0; i < files.gold().size(); ++i) {
    auto const added = all.add(files.gold().tags_of(i), files.predicted_of(i));
    if (!added) throw failure("sentence " + std::to_string(i) + ": " + ts::message(added.error()));
  }
  auto figures = all.figures();
  auto const wanted =
      std::find_if(std::begin(peers), std::end(peers), [&](named_peer const& p) { return p.name == peer; });
  if (wanted != std::end(peers)) {
    std::erase_if(figures,
                  [&](auto const& f) { return f.peer != wanted->peer && f.peer != ts::compat::peer::tagspan; });
  }
  return ts::compat::to_text(figures, digits, [&](std::size_t sentence, std::size_t token) {
    return "in line " + std::to_string(files.gold().lines()[files.gold().sentence(sentence).begin + token]);
  });
}

}  // namespace cli
