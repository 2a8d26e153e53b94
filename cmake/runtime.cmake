# SPDX-License-Identifier: Apache-2.0
# libpsmc_rt.so: the simulator behind the plain C functions of sim/runtime/psmc_runtime.h, for programs that use a
# compiled model without psmc. It shows those functions alone.
function(psmc_runtime)
  if(PSMC_SANITIZE)
    return()  # a shared library of its own needs the sanitizers' shared run time
  endif()
  set(runtime ${PROJECT_SOURCE_DIR}/sim/runtime)
  add_library(psmc_rt SHARED ${runtime}/runtime.cpp)
  target_link_libraries(psmc_rt PRIVATE psmc_sim)
  target_link_options(psmc_rt PRIVATE -Wl,--version-script=${runtime}/exports.map)
  set_target_properties(psmc_rt PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR} LINK_DEPENDS ${runtime}/exports.map)
endfunction()
