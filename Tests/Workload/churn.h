// Objects that come and go as fast as possible.
#ifndef WL_CHURN_H
#define WL_CHURN_H

// The exit status.
int churn(unsigned seconds);

#endif
