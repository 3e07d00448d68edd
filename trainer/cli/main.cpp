#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/torch_commands.h"

namespace {

/// One line a problem: `trainer: file:line:column: what is wrong; what to do`.
int report(const espalier::Error& error) {
  for (const auto& problem : error.problems())
    std::fprintf(stderr, "trainer: %s%s%s\n", espalier::printable(problem.origin).c_str(),
                 problem.origin.empty() ? "" : ": ", espalier::printable(problem.text).c_str());
  return static_cast<int>(error.code());
}

int report(const std::exception& error) {
  // LibTorch appends a C++ stack to its messages; the first line says what happened.
  const std::string text = error.what();
  std::fprintf(stderr, "trainer: %s\n", espalier::printable(text.substr(0, text.find('\n'))).c_str());
  return static_cast<int>(espalier::Exit::failed);
}

/// What the first word that was not expected may have been: a recipe without --config, a command with a slip.
std::string remedy(const CLI::App& app, int argc, char** argv) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.empty() || word[0] == '-') return {};
  std::vector<std::string> commands;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  if (std::find(commands.begin(), commands.end(), word) != commands.end()) return {};
  if (espalier::ends_with(word, ".yaml") || espalier::ends_with(word, ".yml"))
    return espalier::concat("a recipe is given by --config ", word);
  return espalier::concat("there is no command '", word, "'", espalier::did_you_mean(word, commands));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is then an error that names it
  CLI::App app{"Espalier: trains small networks for embedded devices, and proves what it exports", "trainer"};
  app.set_version_flag("--version", std::string("espalier ") + ESPALIER_VERSION);
  espalier::cli::Chosen chosen;
  espalier::cli::add_train(app, chosen);
  espalier::cli::add_check(app, chosen);
  espalier::cli::add_evaluate(app, chosen);
  espalier::cli::add_export(app, chosen);
  espalier::cli::add_verify(app, chosen);
  espalier::cli::add_profile(app, chosen);
  espalier::cli::add_predict(app, chosen);
  espalier::cli::add_report(app, chosen);
  espalier::cli::add_inspect(app, chosen);
  espalier::cli::add_diagnose(app, chosen);
  espalier::cli::add_list(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    const auto meant = remedy(app, argc, argv);
    const auto said = meant.empty() ? std::string(error.what()) + "; see trainer --help" : meant;
    std::fprintf(stderr, "trainer: %s\n", said.c_str());
    return static_cast<int>(espalier::Exit::mistake);
  }
  if (!chosen) {
    std::fprintf(stderr, "trainer: nothing to do; give --config RECIPE or a subcommand (trainer --help)\n");
    return static_cast<int>(espalier::Exit::mistake);
  }
  try {
    return chosen();
  } catch (const espalier::Error& error) {
    return report(error);
  } catch (const std::exception& error) {
    return report(error);
  }
}
