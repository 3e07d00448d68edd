#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/torch_commands.h"
#include "deployment/verification.h"
#include "reporting/summary.h"
#include "reporting/text_table.h"

namespace espalier::cli {
namespace {

constexpr std::size_t one_line_each = 10000;  // columns: scripts look for lines

const char* word(reporting::Status status) {
  return status == reporting::Status::passed ? "passed" : status == reporting::Status::failed ? "FAILED" : "not run";
}

int verify(const std::string& given) {
  const bool is_run = std::filesystem::exists(deployment::RunFolder{given}.recipe());
  const auto found = is_run ? verify_run(given) : deployment::verify_exports(given);
  bool all_well = true;
  reporting::TextTable rows({{""}, {""}, {""}, {""}, {""}});
  for (const auto& v : found) {
    rows.row({word(v.status), v.artifact, v.level == reporting::Level::readback ? "readback" : "judge",
              trim(concat(v.judge, " ", v.version)), reporting::remark(v)});
    all_well = all_well && v.status != reporting::Status::failed;
  }
  std::printf("%s", rows.text(one_line_each).c_str());
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
