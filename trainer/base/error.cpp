#include "base/error.h"

namespace espalier {
namespace {
std::string lines(const std::vector<Problem>& problems) {
  std::string all;
  for (const auto& problem : problems) {
    if (!all.empty()) all += '\n';
    if (!problem.origin.empty()) all += problem.origin + ": ";
    all += problem.text;
  }
  return all;
}
}  // namespace

Error::Error(Exit code, std::vector<Problem> problems)
    : std::runtime_error(lines(problems)), code_(code), problems_(std::move(problems)) {}

void fail(std::string text) { throw Error(Exit::failed, {{"", std::move(text)}}); }
void mistake(std::string origin, std::string text) {
  throw Error(Exit::mistake, {{std::move(origin), std::move(text)}});
}
void refuse(const std::vector<Problem>& problems) {
  if (!problems.empty()) throw Error(Exit::mistake, problems);
}

}  // namespace espalier
