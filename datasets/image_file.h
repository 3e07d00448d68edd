// Pictures in files -> 8-bit pixels. Only image_file.cpp sees OpenCV's decoders.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace espalier::datasets {

/// Rows from the top, pixels from the left, channels beside each other: red, green, blue, or gray alone.
struct Image {
  std::int64_t width = 0, height = 0, channels = 3;
  std::vector<std::uint8_t> pixels;  ///< [height][width][channels]
};

struct ImageHeader {
  std::int64_t width = 0, height = 0;
  std::string format;  ///< "JPEG"
};

/// Pixels and pixels a side that a file may have: beyond them a header is taken for damaged and nothing is allocated.
constexpr std::int64_t most_image_pixels = std::int64_t{1} << 26, most_image_side = std::int64_t{1} << 15;
/// What the device's front end takes (device_runtime/image_frontend.h). Larger pictures are decoded at half their size.
constexpr std::int64_t most_frame_pixels = std::int64_t{1} << 24, most_frame_side = std::int64_t{1} << 14;
constexpr bool fits_a_frame(std::int64_t width, std::int64_t height) {
  return width <= most_frame_side && height <= most_frame_side && width * height <= most_frame_pixels;
}

/// Does the name end like a picture that OpenCV decodes and image_size.h can check (png, jpg, bmp, ppm, webp, ...)?
bool is_image_name(const std::filesystem::path& file);

/// Reads sizes alone. Throws Error(mistake) that names the file when it is absent, empty, no picture, cut off (as far
/// as the format tells), of no size or too large.
ImageHeader probe_image(const std::filesystem::path& file);

/// Whether pictures are turned as a camera noted, so that they stand upright. Headers tell sizes as they are stored.
enum class Orientation { upright, stored };

/// channels: 3 (red, green, blue; gray pictures threefold) or 1 (gray; colours by OpenCV's weights). Transparency is
/// dropped, 16 bits become 8, what no frame can hold is halved. Throws as probe_image, and where the pixels cannot be
/// decoded.
Image read_image(const std::filesystem::path& file, std::int64_t channels = 3,
                 Orientation orientation = Orientation::upright);
/// The same of a file's bytes; `origin` names them in errors.
Image decode_image(std::span<const std::uint8_t> bytes, const std::string& origin, std::int64_t channels = 3,
                   Orientation orientation = Orientation::upright);

/// Is the picture in shades of gray only, whatever its channels?
bool is_gray(const Image& image);

/// Writes PNG, JPEG, BMP, …, as the ending says, whole or not at all. Throws Error(failed).
void write_image(const std::filesystem::path& file, const Image& image);

}  // namespace espalier::datasets
