#include "deployment/judges.h"

#include <cstdlib>

#include "base/process.h"
#include "base/text.h"
#include "deployment/verification.h"

namespace espalier::deployment {

JudgeHome find_judges() {
  JudgeHome home;
  const std::filesystem::path program = executable_path();
  // build/<preset>/trainer of a checkout, or <prefix>/bin/trainer of an installation.
  const std::filesystem::path roots[] = {program.parent_path().parent_path().parent_path(),
                                         program.parent_path().parent_path() / "share" / "espalier"};
  for (const auto& root : roots)
    if (home.scripts.empty() && std::filesystem::exists(root / "scripts" / "judges" / "judge_tflite.py")) {
      home.scripts = root / "scripts" / "judges";
      if (std::filesystem::exists(root / ".venv" / "bin" / "python"))
        home.python = (root / ".venv" / "bin" / "python").string();
    }
  if (const char* given = std::getenv("ESPALIER_PYTHON")) home.python = given;
  if (home.python.empty()) home.python = "python3";
  return home;
}

Verification ask(const Judge& judge, const reporting::Artifact& artifact, const RunFolder& folder, Json& report) {
  auto v = finding(artifact, Level::judge, judge.name, "");
  const auto home = find_judges();
  if (home.scripts.empty()) {
    v.reason = "the judges' scripts were not found";
    return v;
  }
  const auto path = folder.path / artifact.path;
  std::error_code absent;
  // A judge would wait for a pipe, and read a device without an end.
  if (std::filesystem::is_other(path, absent))
    return failed(v, concat(artifact.path, " is a pipe or a device, not a file"));
  std::vector<std::string> command = {home.python, (home.scripts / judge.script).string(), path.string(),
                                      judge.golden.string(), "--json"};
  command.insert(command.end(), judge.options.begin(), judge.options.end());
  const auto result = run_process(command);
  if (!result.started || result.exit_code == 77) {
    v.reason = concat("its Python packages are not installed (scripts/setup.sh --judges)");
    return v;
  }
  if (result.exit_code != 0 && result.exit_code != 3)
    return failed(v, concat("the judge ended with exit code ", result.exit_code));
  report = Json::parse(result.output, judge.script);
  v.version = report.at("version").is_text() ? report.at("version").text() : "";
  v.samples = report.at("samples").is_number() ? report.at("samples").integer() : 0;
  if (report.at("max_lsb").is_number()) v.max_lsb = report.at("max_lsb").number();
  if (report.at("max_difference").is_number()) v.max_difference = report.at("max_difference").number();
  if (report.at("reason").is_text()) v.reason = report.at("reason").text();
  if (result.exit_code == 3 && !v.reason.empty()) return failed(v, v.reason);
  if (result.exit_code == 3)
    return failed(v, concat(report.at("differing").dump(), " outputs differ, by up to ",
                            v.max_lsb.value_or(v.max_difference.value_or(0))));
  v.status = Status::passed;
  return v;
}

}  // namespace espalier::deployment
