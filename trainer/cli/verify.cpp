#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/opened_run.h"
#include "pipeline/analysis.h"
#include "pipeline/components.h"
#include "pipeline/run.h"
#include "pipeline/verification.h"

namespace espalier::cli {
namespace {

const char* word(reporting::Status status) {
  return status == reporting::Status::passed ? "passed" : status == reporting::Status::failed ? "FAILED" : "not run";
}

int verify(const std::string& run) {
  const auto registry = pipeline::all_components();
  const auto opened = open_run(run, registry);
  const auto student = pipeline::load_student(opened.folder, opened.plan);
  auto summary = reporting::read_summary(opened.folder.path);
  if (summary.artifacts.empty()) mistake(run, "has no artifacts to verify");
  for (auto& artifact : summary.artifacts) artifact.runtimes.clear();
  summary.verification = pipeline::verify(student, opened.folder, summary.artifacts);
  reporting::write_summary(opened.folder.path, summary);
  pipeline::renew_report(student, opened.plan, opened.folder);
  bool all_well = true;
  for (const auto& v : summary.verification) {
    std::string detail = v.reason;
    if (v.status == reporting::Status::passed && v.samples > 0)
      detail = concat(v.samples, " samples, largest difference ", v.max_lsb.value_or(v.max_difference.value_or(0)),
                      v.reason.empty() ? "" : "; ", v.reason);
    std::printf("%-8s %-20s %-8s %s %s  %s\n", word(v.status), v.artifact.c_str(),
                v.level == reporting::Level::readback ? "readback" : "judge", v.judge.c_str(), v.version.c_str(),
                detail.c_str());
    all_well = all_well && v.status != reporting::Status::failed;
  }
  return static_cast<int>(all_well ? Exit::done : Exit::unmet);
}

}  // namespace

void add_verify(CLI::App& app, Chosen& chosen) {
  auto* sub =
      app.add_subcommand("verify", "every artifact of a run: read back, and by the runtimes that are installed");
  const auto run = std::make_shared<std::string>();
  sub->add_option("run", *run, "run folder")->required();
  sub->callback([run, &chosen] { chosen = [run] { return verify(*run); }; });
}

}  // namespace espalier::cli
