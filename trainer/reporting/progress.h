// What people, logs and scripts see while a run is under way.
#pragma once
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace espalier::reporting {

/// people: one redrawn line on a terminal, else plain lines. quiet: nothing at all (errors are the command's own
/// business). json: one JSON object a line.
enum class Mode { people, quiet, json };

/// Where a stage stands. Numbers that are not known are NaN, or 0 for steps and epochs.
struct Update {
  std::int64_t step = 0, steps = 0;  ///< done, and in all; a resumed stage starts at the step that it resumes from
  double epoch = 0, epochs = 0;      ///< done, fractions allowed, and in all
  double loss = std::numeric_limits<double>::quiet_NaN();
  std::string metric = "accuracy";                             ///< what `accuracy` is called
  double accuracy = std::numeric_limits<double>::quiet_NaN();  ///< the task's metric, in [0, 1] where it is_share
  bool is_share = true;                                        ///< to be shown in percent
  bool epoch_end = false;                                      ///< true once an epoch, with its final numbers
  std::vector<std::pair<std::string, double>> more;            ///< "sparsity", 0.25
};

/// Everything is written to the stream at once, so that an interrupted run has shown all that it said. Not for several
/// threads.
class Progress {
 public:
  virtual ~Progress();
  /// `name` is the stage's key ("train"), `title` says it to people ("training the student"). Ends a stage that is
  /// open.
  virtual void begin_stage(const std::string& name, const std::string& title) = 0;
  /// As often as one likes: what is shown is limited to what can be read.
  virtual void update(const Update& update) = 0;
  /// `result` is for people ("82.1 % on the validation list"); may be empty.
  virtual void end_stage(const std::string& result) = 0;
  virtual void note(const std::string& text) = 0;
  virtual void warning(const std::string& text) = 0;
};

/// The stream's other end.
struct Screen {
  bool terminal = false;  ///< lines can be redrawn
  bool color = false;
  std::function<int()> columns = [] { return 80; };
  std::function<double()> seconds;  ///< a clock that never goes back; set by screen_of()
};

/// Asks the system. No terminal where TERM is "dumb" or unset; no colour where NO_COLOR is set to anything
/// (no-color.org).
Screen screen_of(std::FILE* stream);

std::unique_ptr<Progress> make_progress(Mode mode, std::FILE* stream);
std::unique_ptr<Progress> make_progress(Mode mode, std::FILE* stream, Screen screen);

}  // namespace espalier::reporting
