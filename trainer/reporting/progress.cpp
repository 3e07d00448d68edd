#include "reporting/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "reporting/class_table.h"
#include "reporting/pace.h"

namespace espalier::reporting {

Progress::~Progress() = default;

namespace {

constexpr double redraw_after = 0.1, plain_line_after = 10, json_line_after = 1;  // seconds
constexpr int narrowest_bar = 8;

std::string percent_text(double fraction) { return fixed_text(100 * fraction, 2) + " %"; }

std::string epoch_text(const Update& update) {
  if (update.epochs <= 0) return {};
  const double now = update.epoch_end ? update.epoch : std::min(std::floor(update.epoch) + 1, std::ceil(update.epochs));
  return concat("epoch ", std::lround(now), "/", number_text(update.epochs));
}

/// Parts of a line about `update`, the most important first: lines that are too long lose the last ones.
std::vector<std::string> parts_of(const Update& update, const Pace& pace) {
  std::vector<std::string> parts;
  if (const auto epoch = epoch_text(update); !epoch.empty())
    parts.push_back(epoch);
  else if (update.steps > 0)
    parts.push_back(concat(update.step, "/", update.steps));
  if (!std::isnan(update.loss)) parts.push_back("loss " + fixed_text(update.loss, 4));
  if (!std::isnan(update.accuracy))
    parts.push_back(concat(metric_text(update.metric), " ",
                           update.is_share ? percent_text(update.accuracy) : fixed_text(update.accuracy, 4)));
  if (const double left = pace.seconds_left(update.steps); left >= 0 && update.step < update.steps)
    parts.push_back(duration_text(left) + " left");
  for (const auto& [name, value] : update.more)
    if (name == "validation.integer")
      parts.push_back("integer " + (update.is_share ? percent_text(value) : fixed_text(value, 4)));
    else if (value != 0)
      parts.push_back(name + " " + fixed_text(value, 3));
  if (pace.steps_per_second() > 0) parts.push_back(fixed_text(pace.steps_per_second(), 1) + " steps/s");
  return parts;
}

/// Stages, their clocks and the stream: what all modes share.
class Shown : public Progress {
 public:
  Shown(std::FILE* stream, Screen screen) : stream_(stream), screen_(std::move(screen)) {}

  void begin_stage(const std::string& name, const std::string& title) final {
    if (!stage_.empty()) end_stage("");
    stage_ = name;
    begun_ = last_shown_ = screen_.seconds();
    first_update_ = true;
    on_begin(name, title);
  }
  void update(const Update& update) final {
    const double now = screen_.seconds();
    if (first_update_) pace_.start(update.step, now);
    first_update_ = false;
    pace_.reach(update.step, now);
    if (!due(update, now - last_shown_)) return;
    last_shown_ = now;
    on_update(update);
  }
  void end_stage(const std::string& result) final {
    if (stage_.empty()) return;
    on_end(result, screen_.seconds() - begun_);
    stage_.clear();
  }

 protected:
  virtual void on_begin(const std::string& name, const std::string& title) = 0;
  virtual bool due(const Update& update, double seconds_since) const = 0;
  virtual void on_update(const Update& update) = 0;
  virtual void on_end(const std::string& result, double seconds) = 0;

  void put(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stream_);
    std::fflush(stream_);
  }

  std::FILE* stream_;
  Screen screen_;
  std::string stage_;
  Pace pace_;

 private:
  double begun_ = 0, last_shown_ = 0;
  bool first_update_ = true;
};

std::string ended_line(const std::string& stage, const std::string& result, double seconds) {
  return concat(stage, ": ", result.empty() ? "done" : result, " (", duration_text(seconds), ")\n");
}

/// Lines for log files: one an epoch, and one every ten seconds where epochs take longer.
class Plain : public Shown {
 public:
  using Shown::Shown;
  void note(const std::string& text) override { put(text + "\n"); }
  void warning(const std::string& text) override { put("warning: " + text + "\n"); }

 protected:
  void on_begin(const std::string& name, const std::string& title) override { put(concat(name, ": ", title, "\n")); }
  bool due(const Update& update, double seconds_since) const override {
    return update.epoch_end || seconds_since >= plain_line_after;
  }
  void on_update(const Update& update) override {
    put(concat(stage_, ": ", join(parts_of(update, pace_), ", "), "\n"));
  }
  void on_end(const std::string& result, double seconds) override { put(ended_line(stage_, result, seconds)); }
};

/// One line, drawn again and again; notes scroll away above it.
class Redrawn : public Shown {
 public:
  using Shown::Shown;
  ~Redrawn() override { clear(); }
  void note(const std::string& text) override { above(text + "\n"); }
  void warning(const std::string& text) override { above(colored("33", "warning: ") + text + "\n"); }

 protected:
  void on_begin(const std::string& name, const std::string& title) override {
    above(colored("1", name) + ": " + title + "\n");
  }
  bool due(const Update& update, double seconds_since) const override {
    return update.epoch_end || line_.empty() || seconds_since >= redraw_after;
  }
  void on_update(const Update& update) override {
    line_ = line_for(update);
    put("\r" + line_ + "\x1b[K");
  }
  void on_end(const std::string& result, double seconds) override {
    clear();
    put(colored("32", "  done ") + ended_line(stage_, result, seconds));
  }

 private:
  std::string colored(std::string_view code, const std::string& text) const {
    return screen_.color ? concat("\x1b[", code, "m", text, "\x1b[0m") : text;
  }
  void clear() {
    if (!line_.empty()) put("\r\x1b[K");
    line_.clear();
  }
  void above(const std::string& text) {
    const auto line = line_;
    clear();
    put(text + line);
    line_ = line;
  }

  std::string bar(const Update& update, int cells) const {
    const double done = std::clamp(static_cast<double>(update.step) / static_cast<double>(update.steps), 0.0, 1.0);
    const auto full = static_cast<std::size_t>(std::lround(done * cells));
    return "[" + colored("36", std::string(full, '#')) + std::string(static_cast<std::size_t>(cells) - full, '.') + "]";
  }

  /// At most columns - 1 wide: a full last column would scroll.
  std::string line_for(const Update& update) const {
    const int width = std::max(1, screen_.columns() - 1);
    auto parts = parts_of(update, pace_);
    parts.insert(parts.begin(), "  " + stage_);
    const auto fits = [&](int most) { return static_cast<int>(join(parts, "  ").size()) <= most; };
    while (parts.size() > 3 && !fits(width - narrowest_bar - 4)) parts.pop_back();
    while (parts.size() > 1 && !fits(width)) parts.pop_back();
    std::string text = join(parts, "  ").substr(0, static_cast<std::size_t>(width));
    const int cells = std::min(24, width - static_cast<int>(text.size()) - 4);
    if (update.steps <= 0 || cells < narrowest_bar) return text;
    parts[0] += "  " + bar(update, cells);
    return join(parts, "  ");
  }

  std::string line_;
};

/// {"event": "stage" | "progress" | "stage_end" | "note" | "warning", …}.
class JsonLines : public Shown {
 public:
  using Shown::Shown;
  void note(const std::string& text) override { line(event("note").set("text", text)); }
  void warning(const std::string& text) override { line(event("warning").set("text", text)); }

 protected:
  void on_begin(const std::string& name, const std::string& title) override {
    line(event("stage").set("stage", name).set("title", title));
  }
  bool due(const Update& update, double seconds_since) const override {
    return update.epoch_end || seconds_since >= json_line_after;
  }
  void on_update(const Update& update) override {
    auto json = event("progress");
    json.set("stage", stage_).set("step", update.step).set("steps", update.steps);
    json.set("epoch", update.epoch).set("epochs", update.epochs).set("epoch_end", update.epoch_end);
    json.set("loss", update.loss).set(update.metric, update.accuracy);
    for (const auto& [name, value] : update.more) json.set(name, value);
    const double left = pace_.seconds_left(update.steps);
    json.set("steps_per_second", pace_.steps_per_second()).set("seconds_left", left < 0 ? Json() : Json(left));
    line(json);
  }
  void on_end(const std::string& result, double seconds) override {
    line(event("stage_end").set("stage", stage_).set("result", result).set("seconds", seconds));
  }

 private:
  static Json event(const char* name) {
    auto json = Json::map();
    json.set("event", name);
    return json;
  }
  void line(const Json& json) { put(json.dump() + "\n"); }
};

class Quiet : public Progress {
 public:
  void begin_stage(const std::string&, const std::string&) override {}
  void update(const Update&) override {}
  void end_stage(const std::string&) override {}
  void note(const std::string&) override {}
  void warning(const std::string&) override {}
};

int columns_of(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Screen screen_of(std::FILE* stream) {
  Screen screen;
  const int descriptor = ::fileno(stream);
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  screen.terminal = ::isatty(descriptor) && term && *term && std::string_view(term) != "dumb";
  screen.color = screen.terminal && !(no_color && *no_color);
  screen.columns = [descriptor] { return columns_of(descriptor); };
  screen.seconds = steady_seconds;
  return screen;
}

std::unique_ptr<Progress> make_progress(Mode mode, std::FILE* stream) {
  return make_progress(mode, stream, screen_of(stream));
}

std::unique_ptr<Progress> make_progress(Mode mode, std::FILE* stream, Screen screen) {
  if (!screen.seconds) screen.seconds = steady_seconds;
  if (mode == Mode::quiet) return std::make_unique<Quiet>();
  if (mode == Mode::json) return std::make_unique<JsonLines>(stream, std::move(screen));
  if (screen.terminal) return std::make_unique<Redrawn>(stream, std::move(screen));
  return std::make_unique<Plain>(stream, std::move(screen));
}

}  // namespace espalier::reporting
