#include "cli/predict_pictures.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/text.h"
#include "deployment/detector.h"
#include "deployment/pictures.h"
#include "tasks/drawing.h"

namespace espalier::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Milliseconds and pictures a second, smoothed so that they can be read.
class Pace {
 public:
  void add(double milliseconds) {
    const auto now = Clock::now();
    const double since = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    if (count_++ > 0 && since > 0) rate_ = rate_ > 0 ? 0.9 * rate_ + 0.1 / since : 1 / since;
    latency_ = count_ == 1 ? milliseconds : 0.9 * latency_ + 0.1 * milliseconds;
    total_ += milliseconds;
  }
  std::string text() const {
    auto line = concat(fixed_text(latency_, 1), " ms");
    if (rate_ > 0) line += concat("  ", fixed_text(rate_, 1), " pictures/s");
    return line;
  }
  std::int64_t count() const { return count_; }
  double mean() const { return count_ ? total_ / static_cast<double>(count_) : 0; }

 private:
  Clock::time_point last_ = Clock::now();
  std::int64_t count_ = 0;
  double rate_ = 0, latency_ = 0, total_ = 0;
};

/// "cells.jpg" -> "cells_found.jpg", in the folder in which the command runs; a camera gives "camera_found.avi".
fs::path output_for(const deployment::PictureSource& source, const std::string& name, const PictureRequest& request) {
  const fs::path file = source.is_camera() ? fs::path("camera.avi") : fs::path(name).filename();
  auto ending = file.extension().string();
  if (!source.is_picture() && ending != ".avi" && ending != ".mkv") ending = ".mp4";
  const fs::path usual = file.stem().string() + "_found" + ending;
  if (request.output.empty()) return usual;
  if (request.sources.size() > 1 || fs::is_directory(request.output)) return fs::path(request.output) / usual;
  return request.output;
}

Json json_of(const std::string& source, std::int64_t number, bool is_picture, const deployment::Found& found,
             const std::vector<std::string>& labels) {
  auto boxes = Json::list();
  for (const auto& one : found.boxes) {
    const auto label = static_cast<std::size_t>(one.box.label);
    auto json = Json::map();
    json.set("label", label < labels.size() ? labels[label] : std::to_string(label)).set("score", one.score);
    boxes.push(
        json.set("box", Json::list_of(std::vector<double>{one.box.left, one.box.top, one.box.right, one.box.bottom})));
  }
  auto json = Json::map();
  json.set("file", source);
  if (!is_picture) json.set("frame", number);
  return json.set("boxes", std::move(boxes)).set("milliseconds", found.milliseconds);
}

/// One source from its first picture to its last.
class Showing {
 public:
  Showing(const deployment::Detector& detector, const PictureRequest& request, const std::string& name)
      : detector_(detector), request_(request), name_(name), source_(name) {
    const bool draws = !request.json || !request.output.empty();
    if (draws && !request.show) output_ = output_for(source_, name, request);
    if (request.show) window_.emplace(name);
    if (!output_.empty() && !source_.is_picture()) video_.emplace(output_, source_.rate());
  }

  void run() {
    datasets::Image image;
    while (!interrupted() && source_.next(image)) {
      const auto found = detector_.find(image);
      pace_.add(found.milliseconds);
      if (request_.json) {
        std::printf("%s\n",
                    json_of(name_, pace_.count() - 1, source_.is_picture(), found, detector_.labels()).dump().c_str());
        std::fflush(stdout);
      }
      boxes_ += found.boxes.size();
      if (output_.empty() && !window_) continue;
      if (!source_.is_picture()) caption_.text = pace_.text();
      detector_.draw(image, found, &caption_);
      if (video_) video_->write(image);
      if (source_.is_picture() && !output_.empty()) datasets::write_image(output_, image);
      if (window_ && !window_->show(image)) break;
    }
    if (video_) video_->finish();
    if (pace_.count() == 0) mistake(name_, "has no picture");
    if (!request_.json) tell();
  }

 private:
  void tell() const {
    const auto where = output_.empty() ? std::string() : concat("  -> ", output_.string());
    std::printf("%s: %zu found in %lld picture%s, %s ms each%s\n", name_.c_str(), boxes_,
                static_cast<long long>(pace_.count()), pace_.count() == 1 ? "" : "s",
                fixed_text(pace_.mean(), 1).c_str(), where.c_str());
  }

  const deployment::Detector& detector_;
  const PictureRequest& request_;
  std::string name_;
  deployment::PictureSource source_;
  fs::path output_;
  std::optional<deployment::VideoFile> video_;
  std::optional<deployment::Window> window_;
  Pace pace_;
  tasks::Caption caption_;
  std::size_t boxes_ = 0;
};

}  // namespace

int predict_pictures(const deployment::ExportedModel& model, const PictureRequest& request) {
  const deployment::Detector detector(model, request.threshold);
  for (const auto& source : request.sources) Showing(detector, request, source).run();
  return 0;
}

}  // namespace espalier::cli
