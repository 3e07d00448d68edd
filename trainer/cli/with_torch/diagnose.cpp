#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "cli/torch_commands.h"
#include "cli/with_torch/opened_run.h"
#include "pipeline/components.h"
#include "pipeline/diagnosis.h"
#include "pipeline/run.h"

namespace espalier::cli {

void add_diagnose(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("diagnose", "what quantization costs each layer, and what to change in the recipe");
  struct Arguments {
    std::string run, data;
    std::int64_t samples = 512;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
  sub->add_option("run", a->run, "run folder")->required();
  sub->add_option("--samples", a->samples, "of the validation split, at most")->check(CLI::Range(1, 1000000));
  sub->add_option("--data", a->data, "another root of the same layout");
  sub->add_flag("--json", a->json, "one JSON object");
  sub->callback([a, &chosen] {
    chosen = [a] {
      const auto registry = pipeline::all_components();
      const auto opened = open_run(a->run, registry, a->data);
      if (!opened.plan.task->is_classification())
        mistake(a->run, "diagnose counts right answers, so it is for classification; see the report's SQNR by layer");
      const auto student = pipeline::load_student(opened.folder, opened.plan);
      const auto found = pipeline::diagnose(student, *opened.plan.data, a->samples);
      std::printf("%s%s", a->json ? pipeline::to_json(found).dump().c_str() : pipeline::text_of(found).c_str(),
                  a->json ? "\n" : "");
      return 0;
    };
  });
}

}  // namespace espalier::cli
