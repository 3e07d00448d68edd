#include "deployment/series_predictor.h"

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "datasets/wfdb_bytes.h"
#include "deployment/input_quantizer.h"
#include "device_runtime/series_frontend_tables.h"
#include "exporting/random_programs.h"
#include "refusal.h"
#include "reporting/scratch_folder.h"

using namespace espalier;
using namespace espalier::deployment;
using espalier::testing::refusal;
using espalier::testing::says;

namespace {

constexpr std::int64_t window = 10;

/// A network of two or three channels, whatever they say.
ExportedModel model(std::int64_t channels, std::int64_t anchor = -1) {
  exporting::random_programs::Builder net(7, "mover");
  net.dense(net.mean(net.input({window, 1, channels}), true), 3, true, integer::Clamp::none);
  net.program.activations[0].scale = 0.05F;
  net.program.labels = {"sit", "walk", "run"};
  std::vector<datasets::SeriesChannel> made = {{"x", 1, device_runtime::window_channel(1)},
                                               {"y", 0.5, device_runtime::fixed_channel(0, 20)},
                                               {"z", 0.01, device_runtime::fixed_channel(100, 50)}};
  made.resize(static_cast<std::size_t>(channels));
  const datasets::SeriesFrontEnd front_end(made, {50, window, 4, anchor}, "test");
  return {"model.tflite", net.program, front_end.json()};
}

double x_of(int row) { return (row * row) % 37; }
double y_of(int row) { return row % 5 - 2.0; }

std::string csv_of(int rows) {
  std::string text = "y,note,x\n";
  for (int row = 0; row < rows; ++row) text += std::to_string(y_of(row)) + ",n," + std::to_string(x_of(row)) + "\n";
  return text;
}

/// By front end and twin, without ring and files.
std::vector<std::int8_t> expected(const ExportedModel& of, int begin) {
  const datasets::SeriesFrontEnd front_end(of.front_end);
  std::vector<std::int16_t> rows;
  for (int row = begin; row < begin + window; ++row) {
    rows.push_back(front_end.sample(0, x_of(row)));
    rows.push_back(front_end.sample(1, y_of(row)));
  }
  std::vector<float> features(rows.size());
  front_end.compute(rows, features);
  std::vector<std::int8_t> input(features.size()), output(3);
  quantize_input(of.program, step_of(of.front_end), features, input);
  integer::Twin(of.program, integer::Arithmetic::tflm, 1).run(input, 1, output);
  return output;
}

void ignore(const SeriesPrediction&) {}

}  // namespace

TEST_CASE("series predictor: a window every hop, from a file and line by line") {
  ScratchFolder scratch;
  const auto file = scratch / "walk.csv";
  write_atomically(file, csv_of(31));
  const auto two = model(2);
  const SeriesPredictor predictor(two);
  std::vector<std::int64_t> begins;
  const auto look = [&](const SeriesPrediction& found) {
    CHECK(found.end == found.begin + window);
    CHECK(found.seconds == Approx(static_cast<double>(found.end) / 50));
    CHECK(found.said.output == expected(two, static_cast<int>(found.begin)));
    CHECK(found.said.label == two.program.labels[found.said.best]);
    begins.push_back(found.begin);
  };
  predictor.predict_file(file.string(), "atr", look);
  CHECK(begins == std::vector<std::int64_t>{0, 4, 8, 12, 16, 20});
  begins.clear();
  const auto lines = split(csv_of(31), '\n');
  std::size_t at = 0;
  predictor.predict_lines(
      [&](std::string& line) {
        if (at >= lines.size()) return false;
        line = lines[at] + (at % 2 ? "\r" : "");
        ++at;
        return true;
      },
      look);
  CHECK(begins == std::vector<std::int64_t>{0, 4, 8, 12, 16, 20});
}

TEST_CASE("series predictor: beats of a WFDB record, around their annotations") {
  ScratchFolder scratch;
  std::vector<std::int16_t> samples(200);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int16_t>(i % 40 == 0 ? 500 : 3);
  std::string marks;
  for (int i = 0; i < 5; ++i) marks += testing::wfdb_annotation(1, i == 0 ? 0 : 40);
  const auto write = [&](const char* name, const std::string& bytes) {
    write_atomically(scratch / name, std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  };
  write("r.dat", testing::wfdb_bytes(samples, 212));
  write("r.atr", marks + std::string(2, '\0'));
  write("r.hea", "r 1 50 200\nr.dat 212 1 12 0 500 " + std::to_string(500 * 5 + 3 * 195) + " 0 x\n");
  const auto three = model(3, 4);
  const SeriesPredictor predictor(three);
  CHECK(predictor.wants_events());
  std::vector<double> seconds;
  predictor.predict_file((scratch / "r.hea").string(), "atr", [&](const SeriesPrediction& found) {
    CHECK(found.begin == std::lround(50 * found.seconds) - 4);
    seconds.push_back(found.seconds);
  });
  CHECK(seconds == std::vector<double>{0.8, 1.6, 2.4});  // the first and the last beat lack a neighbour
  says(refusal([&] { predictor.predict_file((scratch / "r.hea").string(), "qrs", ignore); }), "r.qrs: is absent");
  says(refusal([&] { predictor.predict_file((scratch / "r.dat").string(), "atr", ignore); }), "answers for beats");
}

TEST_CASE("series predictor: what it cannot read is said") {
  ScratchFolder scratch;
  const SeriesPredictor predictor(model(2));
  const auto file = (scratch / "walk.csv").string();
  const auto refused = [&](const std::string& text) {
    write_atomically(file, text);
    return refusal([&] { predictor.predict_file(file, "atr", ignore); });
  };
  says(refused("y,z\n1,2\n"), "has no column 'x'");
  says(refused("x,y\n1,one\n"), "walk.csv:2: 'one' in column 'y'");
  says(refusal([&] { predictor.predict_file("nowhere.csv", "atr", ignore); }), "no such file");
  write_atomically(scratch / "walk.txt", std::string("x"));
  says(refusal([&] { predictor.predict_file((scratch / "walk.txt").string(), "atr", ignore); }), "no recording");
  const auto streamed = [&](const std::vector<std::string>& lines) {
    std::size_t at = 0;
    return refusal([&] {
      predictor.predict_lines([&](std::string& line) { return at < lines.size() ? (line = lines[at++], true) : false; },
                              ignore);
    });
  };
  says(streamed({"y,z"}), "standard input:1: the header has no column 'x'");
  says(streamed({"x,y", "1,2", "1"}), "standard input:3: has no number for 'y'");
  says(streamed({"x,y", "1,b"}), "standard input:2: has no number for 'y'");
  auto sound = model(2);
  sound.front_end = Json::map().set("type", "mfcc");
  says(refusal([&] { SeriesPredictor{sound}; }), "not one of series");
  auto other = model(2);
  other.front_end = model(3).front_end;
  says(refusal([&] { SeriesPredictor{other}; }), "gives 30 features, its network takes 20");
}
