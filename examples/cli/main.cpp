// SPDX-License-Identifier: MIT
// The command `tagspan`: scores, spans, validation and conversion of CoNLL files; in JSON Lines entities from a model's
// scores, windows, offsets in other units, and redaction. Ends with 0; with 1 where the answer is no (a gate missed, a
// malformed tag, gold without entities); with 2 where the input or the question is unusable.
#include "cli.hpp"

#include <tagspan/core/version.hpp>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  CLI::App app{
      "Entities in CoNLL files: score them, list them, check them, convert their tags. And decode them from a model's "
      "scores in JSON Lines, plan windows, convert offsets, redact.",
      "tagspan"};
  app.set_version_flag("--version", "tagspan " TAGSPAN_VERSION_STRING);
  app.require_subcommand(1);
  app.footer("Exit code: 0; 1 where a gate is missed or something is found; 2 where input or arguments are unusable.");
  cli::subcommand const commands[] = {cli::add_score(app),   cli::add_spans(app),   cli::add_validate(app),
                                      cli::add_convert(app), cli::add_check(app),   cli::add_decode(app),
                                      cli::add_windows(app), cli::add_offsets(app), cli::add_redact(app),
                                      cli::add_compare(app), cli::add_merge(app)};
  try {
    if (argc > 1 && argv[1][0] != '-') {
      std::string names;
      bool known = false;
      for (auto const& command : commands) {
        names += ' ' + command.app->get_name();
        known = known || command.app->get_name() == argv[1];
      }
      if (!known) throw cli::failure("there is no subcommand '" + cli::shown(argv[1]) + "'; there are" + names);
    }
    app.parse(argc, argv);
    for (auto const& command : commands) {
      if (!command.app->parsed()) continue;
      int const status = command.run();
      if (std::fflush(stdout) != 0) throw cli::failure("the output could not be written");
      return status;
    }
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? cli::all_is_well : cli::unusable;
  } catch (cli::failure const& e) {
    cli::note(e.what());
  }
  return cli::unusable;
}
