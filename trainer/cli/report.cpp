#include "reporting/report.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "cli/commands.h"

namespace espalier::cli {

void add_report(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("report", "one run's page, or several runs compared: accuracy against size and time");
  struct Arguments {
    std::vector<std::string> runs;
    std::string output;
  };
  const auto a = std::make_shared<Arguments>();
  sub->add_option("runs", a->runs, "run folders")->required();
  sub->add_option("-o,--output", a->output,
                  "the page; default: report.html in the run's folder, of several runs in the folder that holds them");
  sub->callback([a, &chosen] {
    chosen = [a] {
      std::vector<std::filesystem::path> left_out;
      const auto runs = reporting::runs_among({a->runs.begin(), a->runs.end()}, left_out);
      for (const auto& path : left_out) std::fprintf(stderr, "trainer: %s: is no run, left out\n", path.c_str());
      if (runs.empty()) mistake(a->runs[0], "is no run, and neither are the others (none has a recipe.yaml)");
      std::filesystem::path page = a->output.empty() ? reporting::usual_page(runs) : std::filesystem::path(a->output);
      if (std::filesystem::is_directory(page)) page /= "report.html";
      reporting::write_report(runs, page);
      std::printf("%s\n", page.string().c_str());
      return static_cast<int>(Exit::done);
    };
  });
}

}  // namespace espalier::cli
