#include "base/error.h"
#include "cli/torch_commands.h"
#include "cli/with_torch/opened_run.h"
#include "pipeline/analysis.h"
#include "pipeline/components.h"
#include "pipeline/run.h"
#include "pipeline/verification.h"
#include "reporting/summary.h"

namespace espalier::cli {

std::vector<reporting::Verification> verify_run(const std::string& run) {
  const auto registry = pipeline::all_components();
  const auto opened = open_run(run, registry);
  const auto student = pipeline::load_student(opened.folder, opened.plan);
  auto summary = reporting::read_summary(opened.folder.path);
  if (summary.artifacts.empty()) mistake(run, "has no artifacts to verify");
  for (auto& artifact : summary.artifacts) artifact.runtimes.clear();
  summary.verification = pipeline::verify(student, opened.folder, summary.artifacts);
  reporting::write_summary(opened.folder.path, summary);
  pipeline::renew_report(student, opened.plan, opened.folder);
  return summary.verification;
}

}  // namespace espalier::cli
