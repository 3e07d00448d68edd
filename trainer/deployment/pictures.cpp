#include "deployment/pictures.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/highgui.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace espalier::deployment {
namespace {

constexpr std::string_view camera_prefix = "camera:";
constexpr double usual_rate = 25, highest_rate = 1000;

/// Rows of a Mat lie side by side after it.
datasets::Image image_of(const cv::Mat& frame) {
  cv::Mat colours;
  cv::cvtColor(frame, colours, frame.channels() == 1 ? cv::COLOR_GRAY2RGB : cv::COLOR_BGR2RGB);
  datasets::Image image{colours.cols, colours.rows, 3, {}};
  image.pixels.assign(colours.data, colours.data + colours.total() * 3);
  return image;
}

cv::Mat frame_of(const datasets::Image& image) {
  const cv::Mat colours(static_cast<int>(image.height), static_cast<int>(image.width), CV_8UC3,
                        const_cast<std::uint8_t*>(image.pixels.data()));
  cv::Mat frame;
  cv::cvtColor(colours, frame, cv::COLOR_RGB2BGR);
  return frame;
}

int camera_number(const std::string& name) {
  const auto digits = name.substr(camera_prefix.size());
  int number = -1;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (wrong != std::errc() || end != digits.data() + digits.size() || number < 0 || number > 63)
    mistake(name, "cameras are named by a number: camera:0");
  return number;
}

/// Motion JPEG in AVI needs no codec of the system's.
int codec_of(const std::filesystem::path& path) {
  const auto ending = lower(path.extension().string());
  if (ending == ".avi" || ending == ".mkv") return cv::VideoWriter::fourcc('M', 'J', 'P', 'G');
  if (ending == ".mp4" || ending == ".m4v" || ending == ".mov") return cv::VideoWriter::fourcc('m', 'p', '4', 'v');
  mistake(path.string(), "is no name for a video; let it end in .mp4, .avi or .mkv");
}

}  // namespace

struct PictureSource::State {
  std::string name;
  std::optional<datasets::Image> picture;
  bool is_picture = false, is_camera = false;
  cv::VideoCapture video;
};

PictureSource::PictureSource(const std::string& name) : state_(std::make_unique<State>()) {
  // What a file that cannot be read is told by is our own line, not the decoders' chatter.
  ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  state_->name = name;
  state_->is_camera = starts_with(name, camera_prefix);
  if (state_->is_camera) {
    if (!state_->video.open(camera_number(name))) mistake(name, "there is no such camera, or it is in use");
    return;
  }
  if (!std::filesystem::is_regular_file(name)) mistake(name, "there is no such file");
  state_->is_picture = datasets::is_image_name(name);
  if (state_->is_picture)
    state_->picture = datasets::read_image(name);
  else if (!state_->video.open(name))
    mistake(name, "is neither a picture nor a video that can be read");
}

PictureSource::~PictureSource() = default;
bool PictureSource::is_picture() const { return state_->is_picture; }
bool PictureSource::is_camera() const { return state_->is_camera; }

double PictureSource::rate() const {
  if (state_->is_picture) return 0;
  const double rate = state_->video.get(cv::CAP_PROP_FPS);
  return rate > 0 && rate <= highest_rate ? rate : 0;
}

bool PictureSource::next(datasets::Image& image) {
  if (state_->is_picture) {
    if (!state_->picture) return false;
    image = std::move(*state_->picture);
    state_->picture.reset();
    return true;
  }
  cv::Mat frame;
  if (!state_->video.read(frame) || frame.empty()) return false;
  image = image_of(frame);
  return true;
}

struct VideoFile::State {
  std::filesystem::path path, beside;
  double rate = usual_rate;
  int codec = 0;
  cv::Size size;
  cv::VideoWriter writer;
};

VideoFile::VideoFile(std::filesystem::path path, double rate) : state_(std::make_unique<State>()) {
  state_->codec = codec_of(path);
  state_->beside = path;
  state_->beside.replace_filename("." + path.stem().string() + ".part" + path.extension().string());
  state_->path = std::move(path);
  if (rate > 0) state_->rate = rate;
}

VideoFile::~VideoFile() {
  state_->writer.release();
  std::error_code ignored;
  std::filesystem::remove(state_->beside, ignored);
}

void VideoFile::write(const datasets::Image& image) {
  const auto frame = frame_of(image);
  if (!state_->writer.isOpened()) {
    state_->size = frame.size();
    if (!state_->writer.open(state_->beside.string(), state_->codec, state_->rate, state_->size))
      fail(concat(state_->path.string(), ": cannot be written; try a name that ends in .avi"));
  }
  if (frame.size() != state_->size)
    fail(concat(state_->path.string(), ": the pictures of a video must be of one size"));
  state_->writer.write(frame);
}

void VideoFile::finish() {
  if (!state_->writer.isOpened()) return;
  state_->writer.release();
  std::filesystem::rename(state_->beside, state_->path);
}

Window::Window(std::string title) : title_(std::move(title)) {
  if (!std::getenv("DISPLAY") && !std::getenv("WAYLAND_DISPLAY"))
    mistake("--show", "there is no screen here (DISPLAY is not set); write a video with --output instead");
  cv::namedWindow(title_, cv::WINDOW_AUTOSIZE);
}

Window::~Window() { cv::destroyWindow(title_); }

bool Window::show(const datasets::Image& image) {
  cv::imshow(title_, frame_of(image));
  const int key = cv::waitKey(1);
  return key != 'q' && key != 27 && cv::getWindowProperty(title_, cv::WND_PROP_VISIBLE) >= 1;
}

}  // namespace espalier::deployment
