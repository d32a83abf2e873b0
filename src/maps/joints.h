/* The joints of a body, for whoever finds them in a picture and whoever draws a body around them. */
#ifndef MAPS_JOINTS_H
#define MAPS_JOINTS_H

/* OpenPose's, in its order. Right is the figure's own: it faces us, and has it on the left of the picture. */
enum joint {
    JOINT_NOSE,
    JOINT_NECK,
    JOINT_RIGHT_SHOULDER,
    JOINT_RIGHT_ELBOW,
    JOINT_RIGHT_WRIST,
    JOINT_LEFT_SHOULDER,
    JOINT_LEFT_ELBOW,
    JOINT_LEFT_WRIST,
    JOINT_RIGHT_HIP,
    JOINT_RIGHT_KNEE,
    JOINT_RIGHT_ANKLE,
    JOINT_LEFT_HIP,
    JOINT_LEFT_KNEE,
    JOINT_LEFT_ANKLE,
    JOINT_RIGHT_EYE,
    JOINT_LEFT_EYE,
    JOINT_RIGHT_EAR,
    JOINT_LEFT_EAR,
    JOINTS
};

#endif
