package apigateway

// corsMethods are all methods of a route except OPTIONS, which a browser uses for the preflight request.
var corsMethods = []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}

// corsMaxAgeSeconds is the time for which a browser may cache the response to a preflight request, in seconds.
const corsMaxAgeSeconds = 600

func (s *Spec) cors() bool { return len(s.CorsAllowOrigins) > 0 }
