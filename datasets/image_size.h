// What the first bytes of a picture file say about its size, read without decoding anything: a decoder that is asked
// for a picture of four gigapixels would allocate it before it finds that the file ends.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace espalier::datasets {

struct ImageSize {
  std::string format;  ///< "PNG", "JPEG", "BMP", "PNM", "WebP", "TIFF", "JPEG 2000", "Sun raster"
  std::int64_t width = 0, height = 0;
  bool whole = true;  ///< false: the file surely ends before its pixels do (where the format lets that be seen)
};

/// Reads nothing beyond `bytes` and allocates nothing that grows with them. An empty format: no picture that this
/// function knows. A known format whose header is cut off or makes no sense has a width or height of 0.
ImageSize size_of_image(std::span<const std::uint8_t> bytes);

}  // namespace espalier::datasets
