// What goes wrong, and what the command's exit code says about it.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace espalier {

/// Exit codes of the command (a contract with scripts).
enum class Exit { done = 0, failed = 1, mistake = 2, unmet = 3, interrupted = 130 };

/// One finding. `origin` is "file:line:column", "--set key", a file's path or empty.
struct Problem {
  std::string origin, text;
};

/// Ends a command. Each problem becomes one line on standard error: "trainer: origin: text".
class Error : public std::runtime_error {
 public:
  Error(Exit code, std::vector<Problem> problems);
  Exit code() const { return code_; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  Exit code_;
  std::vector<Problem> problems_;
};

/// Something failed while running (exit code 1).
[[noreturn]] void fail(std::string text);
/// A mistake of the user in a recipe, an argument or data (exit code 2).
[[noreturn]] void mistake(std::string origin, std::string text);
/// Throws an Error of code `mistake` unless `problems` is empty.
void refuse(const std::vector<Problem>& problems);

}  // namespace espalier
