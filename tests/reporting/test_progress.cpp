#include "reporting/progress.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::reporting;

namespace {

/// A stream in memory, and a clock that the test moves.
class Stage {
 public:
  explicit Stage(Mode mode, bool terminal = false, int columns = 80, bool color = false)
      : stream_(::open_memstream(&text_, &size_)) {
    Screen screen;
    screen.terminal = terminal;
    screen.color = color;
    screen.columns = [columns] { return columns; };
    screen.seconds = [this] { return seconds; };
    progress = make_progress(mode, stream_, screen);
  }
  ~Stage() {
    progress.reset();
    std::fclose(stream_);
    std::free(text_);
  }
  std::string text() {
    std::fflush(stream_);
    return {text_, size_};
  }
  std::vector<std::string> lines() {
    auto all = split(text(), '\n');
    all.pop_back();
    return all;
  }

  double seconds = 1000;
  std::unique_ptr<Progress> progress;

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
};

/// Epochs of `steps` steps, each step `seconds` long.
void train(Stage& stage, int epochs, int steps, double seconds) {
  stage.progress->begin_stage("train", "training the student");
  for (int step = 1; step <= epochs * steps; ++step) {
    stage.seconds += seconds;
    Update update{step, std::int64_t{epochs} * steps, static_cast<double>(step) / steps, static_cast<double>(epochs),
                  1.5};
    update.epoch_end = step % steps == 0;
    if (update.epoch_end) update.accuracy = 0.8125;
    stage.progress->update(update);
  }
  stage.progress->end_stage("81.25 %");
}

/// What a terminal would show in its current line; every line drawn is at most `columns` - 1 wide.
std::string widest_drawing(const std::string& text) {
  std::string widest;
  for (auto drawn : split(text, '\r')) {
    drawn = drawn.substr(0, drawn.find('\n'));
    std::string visible;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (drawn[i] == '\x1b')
        while (!std::isalpha(static_cast<unsigned char>(drawn[i]))) ++i;
      else
        visible += drawn[i];
    }
    if (visible.size() > widest.size()) widest = visible;
  }
  return widest;
}

}  // namespace

TEST_CASE("plain lines: one an epoch when epochs are short") {
  Stage stage(Mode::people);
  train(stage, 3, 20, 0.1);
  const auto lines = stage.lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] == "train: training the student");
  CHECK(lines[1] == "train: epoch 1/3, loss 1.5000, accuracy 81.25 %, 4.0 s left, 10.0 steps/s");
  CHECK(lines[3] == "train: epoch 3/3, loss 1.5000, accuracy 81.25 %, 10.0 steps/s");
  CHECK(lines[4] == "train: 81.25 % (6.0 s)");
  CHECK(stage.text().find('\x1b') == std::string::npos);
  CHECK(stage.text().find('\r') == std::string::npos);
}

TEST_CASE("plain lines: at most one every ten seconds within an epoch") {
  Stage stage(Mode::people);
  train(stage, 1, 600, 0.1);
  const auto lines = stage.lines();
  CHECK(lines.size() >= 1 + 5 + 1 + 1);
  CHECK(lines.size() <= 1 + 6 + 1 + 1);
  CHECK(lines[1].find("epoch 1/1, loss 1.5000") != std::string::npos);
}

TEST_CASE("a line says what integers reach in the metric's unit, and nothing of a sparsity of zero") {
  Stage stage(Mode::people);
  stage.progress->begin_stage("train", "training the student");
  Update update;
  update.epoch = 1, update.epochs = 2, update.epoch_end = true, update.metric = "macro_f1", update.accuracy = 0.5;
  update.more = {{"sparsity", 0.0}, {"validation.integer", 0.4975}};
  stage.progress->update(update);
  update.is_share = false, update.more = {{"sparsity", 0.25}, {"validation.integer", 0.4975}};
  stage.progress->update(update);
  const auto lines = stage.lines();
  REQUIRE(lines.size() >= 3);
  CHECK(lines[1] == "train: epoch 1/2, macro-F1 50.00 %, integer 49.75 %");
  CHECK(lines[2] == "train: epoch 1/2, macro-F1 0.5000, sparsity 0.250, integer 0.4975");
}

TEST_CASE("a terminal's line is redrawn, fits and never scrolls") {
  for (int columns : {200, 80, 40, 20, 3, 1}) {
    for (bool color : {false, true}) {
      Stage stage(Mode::people, true, columns, color);
      train(stage, 2, 50, 0.05);
      stage.progress.reset();
      const auto text = stage.text();
      const auto drawn = widest_drawing(text.substr(text.find('\r')));
      CHECK(static_cast<int>(drawn.substr(0, drawn.find("  done ")).size()) <= std::max(1, columns - 1));
      CHECK((text.find("\x1b[36m") != std::string::npos) == (color && columns >= 80));
    }
  }
}

TEST_CASE("a terminal's line has a bar and is not drawn more than ten times a second") {
  Stage stage(Mode::people, true);
  train(stage, 1, 1000, 0.001);
  const auto text = stage.text();
  CHECK(text.find("[####") != std::string::npos);
  CHECK(text.find("epoch 1/1") != std::string::npos);
  CHECK(split(text, '\r').size() <= 1 + 12 + 1);
  CHECK(text.find("train: 81.25 %") != std::string::npos);
}

TEST_CASE("notes scroll away above a terminal's line, and an abandoned line is wiped") {
  Stage stage(Mode::people, true);
  stage.progress->begin_stage("train", "t");
  stage.progress->update({1, 10});
  stage.progress->note("saved");
  stage.progress.reset();
  const auto text = stage.text();
  const auto at = text.find("\r\x1b[Ksaved\n");
  REQUIRE(at != std::string::npos);
  CHECK(text.find("train", at) != std::string::npos);
  CHECK(ends_with(text, "\r\x1b[K"));
}

TEST_CASE("quiet says nothing") {
  Stage stage(Mode::quiet, true);
  train(stage, 1, 10, 1);
  stage.progress->warning("w");
  stage.progress->note("n");
  CHECK(stage.text().empty());
}

TEST_CASE("JSON: every line parses, numbers that are unknown are null") {
  Stage stage(Mode::json, true);
  stage.progress->warning("two \"quotes\"\nand a line");
  train(stage, 2, 20, 0.01);
  std::vector<std::string> events;
  for (const auto& line : stage.lines()) {
    const auto json = Json::parse(line, "line");
    events.push_back(json.at("event").text());
    if (events.back() == "progress") {
      CHECK(json.at("stage").text() == "train");
      CHECK(json.at("epoch_end").boolean());
      CHECK(json.at("accuracy").number() == 0.8125);
    }
  }
  CHECK(events == std::vector<std::string>{"warning", "stage", "progress", "progress", "stage_end"});
  stage.progress->begin_stage("verify", "v");
  stage.seconds += 2;
  stage.progress->update({1, 2});
  CHECK(Json::parse(stage.lines().back(), "line").at("loss").is_null());
}

TEST_CASE("a stage that was left open is ended by the next one") {
  Stage stage(Mode::people);
  stage.progress->begin_stage("a", "first");
  stage.progress->begin_stage("b", "second");
  stage.progress->end_stage("");
  stage.progress->end_stage("twice");
  CHECK(stage.lines() == std::vector<std::string>{"a: first", "a: done (0.0 s)", "b: second", "b: done (0.0 s)"});
}

TEST_CASE("a file is no terminal") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file);
  const auto screen = screen_of(file);
  CHECK(!screen.terminal);
  CHECK(!screen.color);
  CHECK(screen.columns() == 80);
  const double before = screen.seconds();
  CHECK(screen.seconds() >= before);
  std::fclose(file);
}
