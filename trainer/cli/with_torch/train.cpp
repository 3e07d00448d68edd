#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "cli/torch_commands.h"
#include "pipeline/components.h"
#include "pipeline/run.h"

namespace espalier::cli {
namespace {

struct Arguments {
  std::string config, output, device = "cpu";
  std::vector<std::string> overrides;
  bool resume = false, allow_different_bits = false, quiet = false, json = false;
  int threads = 0;
};

/// One word for a POSIX shell: in single quotes where it holds more than plain characters.
std::string shell_word(const std::string& text) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_-./:,=+@%", c); };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string line_that_resumes(const Arguments& a, const std::string& output) {
  std::string line = concat("trainer --config ", shell_word(a.config));
  for (const auto& override_ : a.overrides) line += concat(" --set ", shell_word(override_));
  line += concat(" --output ", shell_word(output));
  if (a.threads > 0) line += concat(" --threads ", a.threads);
  if (a.device != "cpu") line += concat(" --device ", a.device);
  if (a.allow_different_bits) line += " --allow-different-bits";
  return line + " --resume";
}

int train(const Arguments& a) {
  if (a.threads > 0) at::set_num_threads(a.threads);
  if (a.device == "cuda" && !at::hasCUDA())
    mistake("--device", "cuda is not available here (this LibTorch has no CUDA, or the machine no GPU)");
  const auto registry = pipeline::all_components();
  std::vector<Problem> problems;
  auto recipe = pipeline::read_recipe(a.config, a.overrides, problems);
  const auto plan = pipeline::make_plan(std::move(recipe), registry, problems);
  refuse(problems);
  pipeline::RunOptions options;
  options.output = a.output.empty() ? "runs/" + plan.recipe.options.name : a.output;
  options.resume = a.resume;
  options.allow_different_bits = a.allow_different_bits;
  options.device = a.device;
  options.overrides = a.overrides;
  const auto mode = a.json ? reporting::Mode::json : a.quiet ? reporting::Mode::quiet : reporting::Mode::people;
  const auto progress = reporting::make_progress(mode, stdout);
  catch_interrupts();
  try {
    const auto summary = pipeline::run(plan, registry, options, *progress);
    if (mode == reporting::Mode::people)
      std::printf("\n%s\n  Report: %s\n", reporting::table(summary).c_str(), (options.output / "report.html").c_str());
    if (mode == reporting::Mode::json)
      std::printf("%s\n",
                  Json::map().set("event", "summary").set("summary", reporting::to_json(summary)).dump().c_str());
    const auto unmet = reporting::unmet(summary);
    for (const auto& text : unmet) std::fprintf(stderr, "trainer: %s\n", text.c_str());
    return static_cast<int>(unmet.empty() ? Exit::done : Exit::unmet);
  } catch (const training::Interrupted& interrupted) {
    std::fflush(stdout);
    std::fprintf(stderr, "\ntrainer: interrupted after step %lld; everything is saved. To go on:\n  %s\n",
                 static_cast<long long>(interrupted.step), line_that_resumes(a, options.output.string()).c_str());
    return static_cast<int>(Exit::interrupted);
  }
}

void add_arguments(CLI::App& app, Arguments& a) {
  app.add_option("-c,--config", a.config, "the recipe (YAML)");
  app.add_option("-s,--set", a.overrides,
                 "override a key: training.epochs=3, compression.prune.sparsity=0.5; repeatable");
  app.add_option("-o,--output", a.output, "the run's folder; default runs/<name>");
  app.add_flag("--resume", a.resume, "go on from the folder's checkpoints");
  app.add_flag("--allow-different-bits", a.allow_different_bits, "resume under other threads, processor or LibTorch");
  app.add_option("--threads", a.threads, "of LibTorch; default: all")->check(CLI::Range(1, 1024));
  app.add_option("--device", a.device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
  auto* quiet = app.add_flag("-q,--quiet", a.quiet, "nothing but errors");
  app.add_flag("--json", a.json, "progress as JSON lines")->excludes(quiet);
}

}  // namespace

void add_train(CLI::App& app, Chosen& chosen) {
  // `trainer --config R` and `trainer train --config R` are the same.
  const auto given = std::make_shared<Arguments>();
  add_arguments(app, *given);
  auto* sub = app.add_subcommand("train", "the whole run: train, compress, export, verify");
  add_arguments(*sub, *given);
  app.callback([given, &chosen, &app] {
    if (!given->config.empty() && app.get_subcommands().empty()) chosen = [given] { return train(*given); };
  });
  sub->callback([given, &chosen] {
    chosen = [given] {
      if (given->config.empty()) mistake("--config", "train needs a recipe");
      return train(*given);
    };
  });
}

}  // namespace espalier::cli
