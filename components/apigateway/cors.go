package apigateway

// corsMethods are all methods of a route but OPTIONS, which is the browser's preflight request.
var corsMethods = []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}

// corsMaxAgeSeconds is how long a browser may keep the answer to a preflight request.
const corsMaxAgeSeconds = 600

func (s *Spec) cors() bool { return len(s.CorsAllowOrigins) > 0 }
