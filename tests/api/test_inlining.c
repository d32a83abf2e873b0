#include "lib/suite.h"
#include "lib/world.h"

int main(void){return 0;}
