# SPDX-License-Identifier: Apache-2.0
# How a folder becomes a library: psmc_room(F edges...) makes psmc_F of all sources below F/.

# Sources of one room; CONFIGURE_DEPENDS makes the build look again when files come and go.
function(psmc_sources out folder)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  if(folder STREQUAL "backend")
    list(FILTER found EXCLUDE REGEX "/backend/host/")
  endif()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# A static library of `sources`, or an interface library while there are none.
function(psmc_library name sources edges)
  if(sources)
    add_library(${name} STATIC ${sources})
    set(visibility PUBLIC)
  else()
    add_library(${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(${name} ${visibility} ${PROJECT_SOURCE_DIR})
  foreach(edge ${edges})
    target_link_libraries(${name} ${visibility} psmc_${edge})
  endforeach()
  target_link_libraries(${name} ${visibility} fmt::fmt Threads::Threads)
endfunction()

function(psmc_room folder)
  psmc_sources(sources ${folder})
  psmc_library(psmc_${folder} "${sources}" "${ARGN}")
endfunction()

# backend/host is its own library, and backend/host/llvm another: libpsmc_llvm.so, the only one that sees LLVM (the
# shared library, so nothing else is pulled in), opened by psmc when it is needed. In a sanitizer build it is linked, because a shared library of its own would need the
# sanitizers' shared run time.
function(psmc_host_room)
  psmc_sources(sources backend/host)
  set(llvm_sources ${sources})
  list(FILTER sources EXCLUDE REGEX "/backend/host/llvm/")
  list(FILTER llvm_sources INCLUDE REGEX "/backend/host/llvm/")
  psmc_library(psmc_host "${sources}" "backend;ir;arch;base")
  find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19)
  separate_arguments(definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  if(PSMC_SANITIZE)
    psmc_library(psmc_llvm "${llvm_sources}" base)
    target_compile_definitions(psmc_host PRIVATE PSMC_LLVM_LINKED)
    target_link_libraries(psmc_host PRIVATE psmc_llvm)
  else()
    add_library(psmc_llvm MODULE ${llvm_sources})
    target_include_directories(psmc_llvm PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(psmc_llvm PRIVATE psmc_base)
    set_target_properties(psmc_llvm PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    target_link_libraries(psmc_host PUBLIC ${CMAKE_DL_LIBS})
    add_dependencies(psmc_host psmc_llvm)
  endif()
  target_include_directories(psmc_llvm SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
  target_compile_definitions(psmc_llvm PRIVATE ${definitions})
  target_link_libraries(psmc_llvm PRIVATE LLVM)
endfunction()

# tools/main.cpp is the binary `psmc`; the rest of tools/ is a library, so that tests can call it.
function(psmc_tools)
  psmc_sources(sources tools)
  set(main ${PROJECT_SOURCE_DIR}/tools/main.cpp)
  list(REMOVE_ITEM sources ${main})
  # Loops over planes of registers, which GCC 12 vectorises from -O3 on.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tools/validate/systolic.cpp PROPERTIES COMPILE_OPTIONS -O3)
  psmc_library(psmc_tools "${sources}" "frontend;midend;backend;host;sim;ir;arch;base")
  if(EXISTS ${main})
    add_executable(psmc ${main})
    target_link_libraries(psmc PRIVATE psmc_tools)
    if(TARGET psmc_rt)
      add_dependencies(psmc psmc_rt)  # `psmc compile --emit=so` puts it beside what it makes
    endif()
    set_target_properties(psmc PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  endif()
endfunction()
