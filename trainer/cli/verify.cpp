#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/torch_commands.h"
#include "deployment/verification.h"
#include "reporting/summary.h"

namespace espalier::cli {
namespace {

const char* word(reporting::Status status) {
  return status == reporting::Status::passed ? "passed" : status == reporting::Status::failed ? "FAILED" : "not run";
}

int verify(const std::string& given) {
  const bool is_run = std::filesystem::exists(deployment::RunFolder{given}.recipe());
  const auto found = is_run ? verify_run(given) : deployment::verify_exports(given);
  bool all_well = true;
  for (const auto& v : found) {
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
  auto* sub = app.add_subcommand(
      "verify", "every artifact of a run or an export folder: read back, and by the runtimes that are installed");
  const auto run = std::make_shared<std::string>();
  sub->add_option("run", *run, "run folder, or an export folder that was copied from one")->required();
  sub->callback([run, &chosen] { chosen = [run] { return verify(*run); }; });
}

}  // namespace espalier::cli
