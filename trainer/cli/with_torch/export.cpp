#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/text.h"
#include "cli/torch_commands.h"
#include "cli/with_torch/opened_run.h"
#include "pipeline/analysis.h"
#include "pipeline/components.h"
#include "pipeline/run.h"

namespace espalier::cli {

void add_export(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("export", "write a run's student again, in other formats or to another place");
  struct Arguments {
    std::string run, output;
    std::vector<std::string> formats;
  };
  const auto a = std::make_shared<Arguments>();
  sub->add_option("run", a->run, "run folder")->required();
  sub->add_option("-f,--format", a->formats, concat("formats: ", join(pipeline::export_formats(), ", ")))->required();
  sub->add_option("-o,--output", a->output, "folder that gets export/; default: the run's");
  sub->callback([a, &chosen] {
    chosen = [a] {
      const auto registry = pipeline::all_components();
      const auto opened = open_run(a->run, registry);
      const auto student = pipeline::load_student(opened.folder, opened.plan);
      const pipeline::RunFolder target{a->output.empty() ? opened.folder.path : std::filesystem::path(a->output)};
      const auto measured = pipeline::measure(student, opened.plan, datasets::Split::test);
      pipeline::write_goldens(student, opened.plan, measured, target);
      const auto artifacts = pipeline::write_artifacts(student, opened.plan, a->formats, target);
      pipeline::write_manifest(opened.plan, target, pipeline::calibration_samples(opened.plan));
      pipeline::take_into_summary(artifacts, target);
      if (std::filesystem::exists(target.path / "summary.json"))
        pipeline::renew_report(student, opened.plan, measured, target);
      for (const auto& artifact : artifacts)
        std::printf("%s  %s\n", (target.path / artifact.path).string().c_str(), bytes_text(artifact.bytes).c_str());
      return 0;
    };
  });
}

}  // namespace espalier::cli
