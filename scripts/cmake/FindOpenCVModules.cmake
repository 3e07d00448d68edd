# OpenCV as one imported target a module: find_package(OpenCVModules COMPONENTS core imgproc imgcodecs) gives
# OpenCVModules::core and so on. OpenCV's own package where there is one (OpenCV_DIR names it); else the libraries alone:
# Debian and Ubuntu ship the package with libopencv-dev only, which brings a hundred more packages than its modules do.
# Sets OpenCVModules_FOUND.

find_package(OpenCV QUIET CONFIG COMPONENTS ${OpenCVModules_FIND_COMPONENTS})
find_path(OpenCVModules_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4)
mark_as_advanced(OpenCVModules_INCLUDE)

set(OpenCVModules_found_all ON)
foreach(module IN LISTS OpenCVModules_FIND_COMPONENTS)
  if(TARGET OpenCVModules::${module})
    continue()
  endif()
  if(OpenCV_FOUND AND TARGET opencv_${module})
    add_library(OpenCVModules::${module} INTERFACE IMPORTED)
    set_target_properties(OpenCVModules::${module} PROPERTIES INTERFACE_LINK_LIBRARIES opencv_${module})
    continue()
  endif()
  find_library(OpenCVModules_${module} opencv_${module})
  mark_as_advanced(OpenCVModules_${module})
  if(OpenCVModules_${module} AND OpenCVModules_INCLUDE)
    add_library(OpenCVModules::${module} UNKNOWN IMPORTED)
    set_target_properties(OpenCVModules::${module} PROPERTIES IMPORTED_LOCATION "${OpenCVModules_${module}}"
      INTERFACE_INCLUDE_DIRECTORIES "${OpenCVModules_INCLUDE}")
  else()
    set(OpenCVModules_found_all OFF)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCVModules REQUIRED_VARS OpenCVModules_found_all
  REASON_FAILURE_MESSAGE "scripts/setup.sh installs OpenCV, or name yours by OpenCV_DIR")
