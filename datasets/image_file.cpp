#include "datasets/image_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "datasets/image_size.h"

namespace espalier::datasets {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t most_file_bytes = std::int64_t{1} << 29;

/// Errors are this program's to tell, and its own threads decode.
void quiet_opencv() {
  static const bool done = [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::setNumThreads(1);
    return true;
  }();
  static_cast<void>(done);
}

std::vector<std::uint8_t> bytes_of(const fs::path& file) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) mistake(file.string(), "there is no such image file");
  return read_bytes(file, most_file_bytes);
}

ImageHeader checked_header(std::span<const std::uint8_t> bytes, const std::string& origin) {
  if (bytes.empty()) mistake(origin, "is empty (0 bytes)");
  const auto size = size_of_image(bytes);
  if (size.format.empty()) mistake(origin, "is no picture that this program reads (PNG, JPEG, BMP, PNM, WebP, TIFF)");
  if (size.width < 1 || size.height < 1) mistake(origin, fmt::format("has a damaged {} header", size.format));
  if (size.width > most_image_side || size.height > most_image_side || size.width > most_image_pixels / size.height)
    mistake(origin, fmt::format("claims {} x {} pixels; a side may have {}, the whole {}", size.width, size.height,
                                most_image_side, most_image_pixels));
  if (!size.whole)
    mistake(origin, fmt::format("is cut off: its header promises {} x {} pixels that the file does not hold",
                                size.width, size.height));
  return {size.width, size.height, size.format};
}

/// Of imdecode.
int flags_of(const ImageHeader& header, std::int64_t channels, Orientation orientation) {
  const bool halved = !fits_a_frame(header.width, header.height);
  const int turned = orientation == Orientation::stored ? cv::IMREAD_IGNORE_ORIENTATION : 0;
  if (channels == 1) return turned | (halved ? cv::IMREAD_REDUCED_GRAYSCALE_2 : cv::IMREAD_GRAYSCALE);
  return turned | (halved ? cv::IMREAD_REDUCED_COLOR_2 : cv::IMREAD_COLOR);
}

Image image_of(const cv::Mat& decoded) {
  Image image{decoded.cols, decoded.rows, decoded.channels(), {}};
  image.pixels.resize(static_cast<std::size_t>(image.width * image.height * image.channels));
  cv::Mat target(decoded.rows, decoded.cols, decoded.type(), image.pixels.data());
  if (image.channels == 3)
    cv::cvtColor(decoded, target, cv::COLOR_BGR2RGB);
  else
    decoded.copyTo(target);
  return image;
}

}  // namespace

bool is_image_name(const fs::path& file) {
  static const std::array<const char*, 16> endings = {".png", ".jpg", ".jpeg", ".jpe",  ".bmp", ".dib",
                                                      ".pbm", ".pgm", ".ppm",  ".webp", ".tif", ".tiff",
                                                      ".jp2", ".sr",  ".ras",  ".pnm"};
  const auto ending = lower(file.extension().string());
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

ImageHeader probe_image(const fs::path& file) { return checked_header(bytes_of(file), file.string()); }

Image read_image(const fs::path& file, std::int64_t channels, Orientation orientation) {
  return decode_image(bytes_of(file), file.string(), channels, orientation);
}

Image decode_image(std::span<const std::uint8_t> bytes, const std::string& origin, std::int64_t channels,
                   Orientation orientation) {
  quiet_opencv();
  const auto header = checked_header(bytes, origin);
  cv::Mat decoded;
  try {
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
    decoded = cv::imdecode(encoded, flags_of(header, channels, orientation));
  } catch (const cv::Exception& error) {
    mistake(origin, fmt::format("cannot be decoded as {}: {}", header.format, error.err));
  }
  if (decoded.empty()) mistake(origin, fmt::format("is damaged: it cannot be decoded as {}", header.format));
  return image_of(decoded);
}

bool is_gray(const Image& image) {
  if (image.channels == 1) return true;
  for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3)
    if (image.pixels[i] != image.pixels[i + 1] || image.pixels[i] != image.pixels[i + 2]) return false;
  return true;
}

void write_image(const fs::path& file, const Image& image) {
  quiet_opencv();
  const cv::Mat source(static_cast<int>(image.height), static_cast<int>(image.width),
                       image.channels == 1 ? CV_8UC1 : CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  std::vector<std::uint8_t> bytes;
  try {
    cv::Mat turned;
    if (image.channels == 3) cv::cvtColor(source, turned, cv::COLOR_RGB2BGR);
    cv::imencode(file.extension().string(), image.channels == 3 ? turned : source, bytes);
  } catch (const cv::Exception& error) {
    fail(fmt::format("{}: cannot be written: {}", file.string(), error.err));
  }
  write_atomically(file, bytes);
}

}  // namespace espalier::datasets
