// SPDX-License-Identifier: MIT
#include "cli.hpp"

#include <tagspan/tags/convert.hpp>

#include <memory>

namespace cli {

namespace {

struct validate_options : file_options {
  std::string path, tag_column = "-1", scheme = "auto";
};

int validate(validate_options const& o) {
  file const from(o.path);
  ts::label_set labels = o.labels();
  auto const corpus = read(from, labels, o, {o.tag_column});
  auto const scheme = choose_scheme(o.scheme, labels, corpus);
  std::size_t count = 0;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    auto const tags = corpus.tags_of(i);
    for (ts::violation const& v : violations(scheme.id, tags, labels)) {
      std::size_t const next = v.kind == ts::violation_kind::end ? v.index + 1 : v.index;
      auto const name = [&](std::size_t at) {
        return at < tags.size() ? shown(labels.name(tags[at])) : std::string("(end)");
      };
      std::string const previous = next == 0 ? "(start)" : name(next - 1);
      std::string const line = std::to_string(corpus.lines()[corpus.sentence(i).begin + v.index]);
      print(from.name + ':' + line + ": " + previous + " -> " + name(next) + ": " + std::string(ts::kind_name(v.kind)) +
            '\n');
      ++count;
    }
  }
  if (!scheme.remark.empty()) print(scheme.remark + '\n');
  print(plural(count, "violation") + " of " + std::string(ts::scheme_name(scheme.id)) + " in " +
        plural(corpus.token_count(), "token") + '\n');
  return count == 0 ? all_is_well : found_wanting;
}

}  // namespace

subcommand add_validate(CLI::App& parent) {
  CLI::App* const app = parent.add_subcommand("validate", "Each tag that the scheme could not have written there");
  auto const o = std::make_shared<validate_options>();
  app->add_option("file", o->path, "A CoNLL file; '-' is stdin")->type_name("FILE")->required();
  add_column(*app, "--tag-column", o->tag_column, "The column of the tags (default: the last)");
  o->add_to(*app);
  add_scheme(*app, "--scheme", o->scheme, "The tag scheme");
  return {app, [o] { return validate(*o); }};
}

}  // namespace cli
