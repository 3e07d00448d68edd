// Pictures one after the other, from files and cameras and to files and windows. Only pictures.cpp sees OpenCV's video.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "datasets/image_file.h"

namespace espalier::deployment {

class PictureSource {
 public:
  /// A picture file, a video file or "camera:0". Throws Error(mistake) for what cannot be opened.
  explicit PictureSource(const std::string& name);
  ~PictureSource();
  bool is_picture() const;  ///< one picture alone
  bool is_camera() const;
  /// Pictures a second; 0 where that is not known.
  double rate() const;
  /// False at the end. Colours, red first.
  bool next(datasets::Image& image);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A video (.mp4, .avi, .mkv) that is whole or not there: it grows beside its name until finish().
class VideoFile {
 public:
  explicit VideoFile(std::filesystem::path path, double rate);
  ~VideoFile();
  /// All pictures must be of the first one's size. Throws Error(failed) where the file cannot be written.
  void write(const datasets::Image& image);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A window on this machine's screen. Throws Error(mistake) where there is none.
class Window {
 public:
  explicit Window(std::string title);
  ~Window();
  /// False once the user wants to end (q, Escape, or the window closed).
  bool show(const datasets::Image& image);

 private:
  std::string title_;
};

}  // namespace espalier::deployment
